"""The types of fields, as the model's file defines them."""

from collections.abc import Iterator
from itertools import chain

from scaffold.spec.constraints import quoted
from scaffold.spec.field import Field
from scaffold.spec.kinds import TEXTS
from scaffold.write.literals import answered, python


def definition_of(field: Field) -> str:
    kind = field.facts.type
    value, text = field.facts.written
    if field.kind == "enum":
        return f"Literal[{quoted(field.arguments)}]"
    if field.model:
        return f"Annotated[dict[str, Any], JsonOf({field.model})]"
    if text:
        return f"Annotated[{value}, {text}({', '.join(_options_of_text(field))})]"
    if field.is_exact:
        bounds = f"Field({_bounds(field)}), " if _bounds(field) else ""
        return f"Annotated[Decimal, {bounds}Digits({', '.join(_digits(field))})]"
    if field.kind not in TEXTS:
        options = filter(None, (_bounds(field), _example(field)))
        return f"Annotated[{kind}, Field({', '.join(options)})]"
    return f"Annotated[{', '.join(_parts_of_text(field))}]"


def _options_of_text(field: Field) -> Iterator[str]:
    given = {"ge": field.ge, "le": field.le, "example": field.example}
    for name, each in given.items():
        if each is not None:
            yield f"{name}={python(field.facts.read(each))}"


def _parts_of_text(field: Field) -> Iterator[str]:
    kind = "str" if field.pattern else field.facts.type
    yield f"{kind} | None" if field.optional else kind
    if field.pattern:
        yield f'StringConstraints(pattern=r"{field.pattern}")'
    shortest = f"min_length={field.shortest}" if field.shortest else ""
    options = (shortest, f"max_length={field.longest}", _example(field))
    yield f"Field({', '.join(filter(None, options))})"
    if field.kind == "str" and not field.pattern:
        yield "Trimmed"


def _digits(field: Field) -> Iterator[str]:
    examples = (answered(field, each) for each in field.examples[:1])
    return chain(map(str, field.digits), examples)


def _example(field: Field) -> str:
    """For the API's documentation."""
    examples = [answered(field, each) for each in field.examples[:1]]
    return f'schema_extra={{"examples": [{examples[0]}]}}' if examples else ""


def _bounds(field: Field) -> str:
    bounds = {"ge": field.ge, "le": field.le}
    return ", ".join(f"{key}={_bound(field, given)}" for key, given in bounds.items() if given)


def _bound(field: Field, given: str) -> str:
    bound = field.facts.read(given)
    return python(int(bound) if bound == int(bound) else bound)
