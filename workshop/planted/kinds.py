"""Mistakes in a generated kind of jobs and below it, for the tests that are generated with it."""

from pathlib import Path

from scaffold.edit.registration import MAIN, register
from scaffold.plans.files import files_of
from scaffold.spec.parse import parse_job
from scaffold.spec.records import load_features
from workshop.planted.runner import Fault

JOB = parse_job("try_out", ["experiment:ref", "rank:int:ge=1:le=9", "note:str:optional"])
TESTS = (f"tests/integration/test_{JOB.name}.py",)

KINDS = [
    Fault(
        "rows that a job is given the ids of not looked for",
        "    await check_references(session, kind.references, payload, owner_id)\n",
        "",
        TESTS,
    ),
    Fault(
        "job given another user's row",
        'row.where(columns.owner_id == bindparam("owner")) if is_owned else row',
        "row",
        TESTS,
    ),
    Fault(
        "kind that does not say what its ids lead to",
        'Kind("try-out", TryOutRequest, references={"experiment_id": Experiment})',
        'Kind("try-out", TryOutRequest)',
        TESTS,
    ),
    Fault(
        "code that a cancellation cannot end",
        "        await asyncio.sleep(0)  # here other jobs go on, and a cancellation ends this one\n",
        "",
        TESTS,
    ),
    Fault(
        "code that tells no progress",
        "        work.progress(done, len(parts))\n",
        "",
        TESTS,
    ),
    Fault(
        "unknown field of a job taken",
        "class TryOutRequest(Payload):",
        "class TryOutRequest(BaseModel):",
        TESTS,
    ),
    Fault(
        "greatest number of a job refused",
        "    rank: Annotated[Int32, Field(ge=1, le=9)]",
        "    rank: Annotated[Int32, Field(ge=1, lt=9)]",
        TESTS,
    ),
    Fault(
        "job started for another kind",
        'Kind("try-out", ',
        'Kind("purge-jobs", ',
        TESTS,
    ),
]


def add_kind(root: Path, folder: Path) -> None:
    """Generate the kind of jobs into a copy of the tree."""
    for path, text in files_of(JOB, load_features(root)).items():
        if path.endswith(".py"):
            (folder / path).write_text(text, encoding="utf-8")
    main = folder / MAIN
    main.write_text(register(main.read_text(encoding="utf-8"), JOB.plural), encoding="utf-8")
