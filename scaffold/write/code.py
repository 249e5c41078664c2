"""The files of a feature, from their templates."""

from scaffold.errors import RefusedError
from scaffold.spec.constraints import OWNER, Features, constraints_of, quoted
from scaffold.spec.feature import Feature
from scaffold.spec.job import Job
from scaffold.spec.sink import key_of
from scaffold.write.facts import Facts
from scaffold.write.links import links_of
from scaffold.write.payload import PayloadSpelling
from scaffold.write.rules import broken
from scaffold.write.spelling import Spelling
from scaffold.write.templating import rendered, with_used_imports


def code_for(template: str, feature: Feature, features: Features) -> str:
    spelling = PayloadSpelling if isinstance(feature, Job) else Spelling
    codes = [spelling(feature, field) for field in feature.fields]
    aliases = {code.name: code.alias for code in codes}
    storage = [
        each.in_model(aliases.get(each.columns[0]))
        for each in constraints_of(feature, features)
        if not (feature.owned and each.columns == (OWNER,))  # which is the base class's
    ]
    if feature.searched:
        storage.append(f"searched({quoted(feature.searched)})")
    code = rendered(
        f"{template}.py",
        feature=feature,
        features=features,
        codes=codes,
        links=links_of(feature, features),
        storage=storage,
        facts=Facts(feature, features),
        quoted=quoted,
        broken=broken,
        key_of=key_of,
    )
    try:
        compile(code, template, "exec")
    except SyntaxError as error:
        raise RefusedError(f"{feature.plural}: {error.msg}: use --plural") from None
    return with_used_imports(code)
