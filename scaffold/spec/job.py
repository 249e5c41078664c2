"""A kind of jobs: its name, the fields of its payload, and the files that start and run its jobs."""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.names import fault_of_name

CAPABILITY = "jobs"
RECORD = f"scaffold/capabilities/{CAPABILITY}.toml"
"""Without it, the service has no jobs."""
NAME_LENGTH = 36
"""Characters of the name: procrastinate has room for it, and for a version of three digits."""
UNFIT = {
    "unique": "no two rows are compared",
    "index": "there is no column",
    "search": "there is no column",
    "readonly": "only the request sets it",
    "include": "only answers about rows show others",
    "steps": "it never changes",
}
"""Modifiers of columns, and why what a job is given does not take them."""


@dataclass(frozen=True)
class Job(Feature):
    """A feature without a table, whose requests start jobs."""

    @property
    def has_table(self) -> bool:
        return False

    @property
    def shown_as(self) -> str:
        return "a job"

    @property
    def code_paths(self) -> dict[str, str]:
        return {
            f"src/jobs/kinds/{self.name}.py": "kind",
            f"src/api/routes/{self.name}.py": "start",
            f"tests/integration/test_{self.name}.py": "job_tests",
        }

    @property
    def needs(self) -> tuple[str, ...]:
        return (CAPABILITY, *super().needs)

    @property
    def sortable(self) -> tuple[Field, ...]:
        return ()

    @property
    def parameters(self) -> list[str]:
        return [field.column for field in self.fields]

    @property
    def filters(self) -> tuple[str, ...]:
        return ()


def faults_of_job(job: Job) -> Iterator[str]:
    """Yield the faults that it has by itself, but for those of every field."""
    if fault := fault_of_name(job.name):
        yield f"{job.name} {fault}"
    if job.name in dir(builtins):
        yield f"{job.name} is a function of Python: choose another name"
    if len(job.name) > NAME_LENGTH:
        yield f"the name of a job has at most {NAME_LENGTH} characters"
    for name in job.parameters:
        if job.parameters.count(name) > 1:
            yield f"{name} is there twice"
    for model in job.models:
        if model.startswith(job.class_name):
            yield f"{model}: begins with the name of the job, as its own classes do"
    for field in job.fields:
        yield from (f"{field}: {fault}" for fault in _faults_of_field(field))


def _faults_of_field(field: Field) -> Iterator[str]:
    for modifier, reason in UNFIT.items():
        if getattr(field, modifier):
            yield f"what a job is given does not take {modifier}: {reason}"
    if field.rule != "restrict":
        yield f"what a job is given does not take {field.rule}: a job whose row is gone fails"
