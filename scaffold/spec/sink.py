"""A sink: the rows of a feature, written from a stream."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scaffold.spec.feature import Feature
from scaffold.spec.job import Job
from scaffold.spec.names import guess

CAPABILITY = "ingestion"
RECORD = f"scaffold/capabilities/{CAPABILITY}.toml"
"""Without it, the service takes no streams."""
ENDING = "_sink"


@dataclass(frozen=True)
class Sink(Feature):
    """A feature without a table and without routes, whose records become rows of another one."""

    @property
    def target(self) -> str:
        return self.name.removesuffix(ENDING)

    @property
    def module(self) -> str:
        return self.plural.removesuffix(ENDING)

    @property
    def has_table(self) -> bool:
        return False

    @property
    def has_routes(self) -> bool:
        return False

    @property
    def shown_as(self) -> str:
        return "a sink"

    @property
    def code_paths(self) -> dict[str, str]:
        return {
            f"src/ingestion/sinks/{self.module}.py": "sink",
            f"tests/integration/test_{self.name}.py": "sink_tests",
        }

    @property
    def needs(self) -> tuple[str, ...]:
        return (CAPABILITY, self.target, *self.builds_on)


def sink_of(target: Feature) -> Sink:
    return Sink(target.name + ENDING, (), target.plural + ENDING)


def key_of(target: Feature) -> tuple[str, ...]:
    """Return the fields by which a record finds its row; none if each record is a new one."""
    single = [(field.column,) for field in target.fields if field.unique]
    return next(iter([*single, *target.unique]), ())


def faults_of_target(name: str, features: Mapping[str, Feature]) -> Iterator[str]:
    if name not in features:
        yield f"There is no feature {name}{guess(name, features)}"
    elif isinstance(features[name], Job | Sink) or not features[name].has_table:
        yield f"{name} was not generated with a table: write a sink by hand, as docs/ingestion.md says"
