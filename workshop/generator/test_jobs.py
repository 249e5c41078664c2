"""Kinds of jobs: what a person types, what is written then, and what becomes of it."""

import re
from pathlib import Path

import pytest

from scaffold.edit.registration import MAIN, registered
from scaffold.spec.kinds import KINDS
from scaffold.spec.parse import parse_job
from scaffold.spec.parts import load_capabilities
from scaffold.spec.records import load_features, record
from workshop.generator.conftest import Scaffold
from workshop.generator.test_merge import commit, git, merge
from workshop.generator.trees import snapshot

IMAGE = ("add", "image", "name:str:unique")
JOB = ("job", "resize_images", "image:ref", "width:int:ge=1")
FILES = {
    "scaffold/features/resize_images.toml",
    "src/api/routes/resize_images.py",
    "src/jobs/kinds/resize_images.py",
    "tests/integration/test_resize_images.py",
}
KIND = Path("src/jobs/kinds/resize_images.py")


@pytest.fixture
def images(root: Path, scaffold: Scaffold) -> Path:
    assert scaffold(*IMAGE).code == 0
    return root


def test_job_is_added_and_removed_to_the_byte(images: Path, scaffold: Scaffold) -> None:
    before = snapshot(images)

    added = scaffold(*JOB)
    after = snapshot(images)
    again = scaffold(*JOB)
    removed = scaffold("remove", "resize_images")

    assert (added.code, removed.code) == (0, 0)
    assert after.keys() - before.keys() == FILES
    assert {path for path in before if before[path] != after[path]} == {MAIN}
    assert "Nothing to change" in again.out
    assert snapshot(images) == before


def test_dry_run_writes_nothing(images: Path, scaffold: Scaffold) -> None:
    before = snapshot(images)

    shown = scaffold(*JOB, "--dry-run")

    assert shown.code == 0
    assert {path for path in FILES if f"new      {path}\n" in shown.out} == FILES
    assert "+    api.include_router(resize_images.router)" in shown.out
    assert snapshot(images) == before


def test_record_is_read_again() -> None:
    plain = KINDS.keys() - {"enum", "decimal", "ref", "list"}
    tokens = [f"{name}_value:{name}" for name in KINDS if name in plain]
    tokens += ["size:enum:a,b:default=b", "tags:list:str"]

    job = parse_job("resize_images", tokens)

    lines = record(job).splitlines()
    assert lines[:2] == ['name = "resize_images"', "job = true"]
    assert [each.strip(' ",') for each in lines[3:-1]] == tokens


WRONG = {
    ("job", "Resize", "width:int"): "Resize must be lower-case words",
    ("job", "import", "width:int"): "import is a reserved word of Python",
    ("job", "print", "width:int"): "print is a function of Python: choose another name",
    ("job", "resize_" + "x" * 60, "width:int"): "the name of a job has at most 36 characters",
    ("job", "image", "width:int"): "image is there already, and differs.",
    ("job", "images", "width:int"): "image (images) has this name already",
    ("job", "uploads", "width:int"): "src/api/routes/files.py has uploads already",
    ("job", "purge_jobs", "width:int"): "src/jobs/kinds/purge_jobs.py has purge-jobs already",
    ("job", "jobs", "width:int"): "jobs is a capability: choose another name",
    (
        "job",
        "box",
        "imag:ref",
    ): "imag:ref refers to imag, which does not exist; did you mean image?",
    ("job", "box", "resize_images:ref"): "refers to resize_images, which does not exist",
    ("job", "box", "box:ref"): "box:ref refers to box, which does not exist",
    ("job", "box", "width:itn"): "there is no type itn; did you mean int?",
    ("job", "box", "width:int:unique"): "does not take unique: no two rows are compared",
    ("job", "box", "width:int:index"): "does not take index: there is no column",
    ("job", "box", "title:str:search"): "does not take search: there is no column",
    ("job", "box", "width:int:readonly:default=1"): "does not take readonly",
    ("job", "box", "state:enum:a,b:steps=a>b"): "does not take steps: it never changes",
    ("job", "box", "image:ref:cascade"): "does not take cascade: a job whose row is gone fails",
    ("job", "box", "width:int", "width:str"): "width is there twice",
    ("job", "box", "copy:int"): "copy is a part of every Payload already",
    ("job", "box", "place:json:BoxPlace"): "BoxPlace: begins with the name of the job",
    ("job", "box"): "Missing argument",
    ("job", "resize_images", "image:ref", "height:int"): "Change its files by hand, or remove it.",
    ("add", "resize_images", "name:str"): "Change its files by hand, or remove it.",
    ("add", "box", "resize_images:ref"): "refers to resize_images, which does not exist",
    ("field", "add", "resize_images", "height:int"): "has no table: change its files by hand.",
    ("feature", "change", "resize_images", "--owned"): "has no table: change its files by hand.",
    ("remove", "image"): "image is needed by resize_images.",
    ("blank", "--without", "jobs"): "resize_images needs jobs.",
}


def test_refusals_say_why_and_write_nothing(
    images: Path, scaffold: Scaffold, subtests: pytest.Subtests
) -> None:
    scaffold(*JOB)
    before = snapshot(images)

    for arguments, message in WRONG.items():
        with subtests.test(" ".join(arguments)):
            refused = scaffold(*arguments)
            assert refused.code == 2
            assert message in refused.err
    assert snapshot(images) == before


def test_service_without_jobs_says_how_they_come_back(root: Path, scaffold: Scaffold) -> None:
    scaffold("blank")

    refused = scaffold("job", "resize_images", "width:int")

    assert refused.code == 2
    assert "This service has no jobs. Bring them back with: update --with jobs" in refused.err


def test_kind_of_another_file_has_its_name(images: Path, scaffold: Scaffold) -> None:
    other = images / "src/jobs/kinds/other.py"
    other.write_text('OTHER = Kind(\n    "resize-images", Nothing\n)\n', encoding="utf-8")

    assert "src/jobs/kinds/other.py has resize-images already" in scaffold(*JOB).err


def test_changed_code_is_removed_only_by_force(images: Path, scaffold: Scaffold) -> None:
    scaffold(*JOB)
    with (images / KIND).open("a", encoding="utf-8") as file:
        file.write("\nMINE = 1\n")

    refused = scaffold("remove", "resize_images")

    assert f"--force: {KIND}" in refused.err
    assert str(KIND) in scaffold("list").out
    assert scaffold("remove", "resize_images", "--force").code == 0
    assert not (images / KIND).exists()


def test_blank_tree_keeps_a_job_with_all_that_it_needs(images: Path, scaffold: Scaffold) -> None:
    scaffold(*JOB)

    assert scaffold("blank").code == 0

    assert load_features(images).keys() == {"image", "resize_images", "user"}
    assert load_capabilities(images).keys() >= {"access", "jobs"}
    assert registered((images / MAIN).read_text(encoding="utf-8")) == ["images", "resize_images"]


def test_owner_of_what_a_job_refers_to_is_asked_for(images: Path, scaffold: Scaffold) -> None:
    scaffold(*JOB)
    before = (images / KIND).read_text(encoding="utf-8")

    changed = scaffold("feature", "change", "image", "--owned")

    assert changed.code == 0, changed.err
    assert "ImageService(session).get(" in before
    after = (images / KIND).read_text(encoding="utf-8")
    assert "ImageService(session, work.owner_id).get(" in after
    assert "changed by hand" not in re.split(r"\nresize_images ", scaffold("list").out)[1]


def test_two_branches_with_a_job_each_are_merged(images: Path, scaffold: Scaffold) -> None:
    git(images, "init", "--quiet", "--initial-branch=main")
    commit(images, "begin")
    git(images, "branch", "other")
    for branch, job in {"main": JOB, "other": ("job", "count_words", "text:text")}.items():
        git(images, "switch", "--quiet", branch)
        assert scaffold(*job).code == 0
        commit(images, branch)
    git(images, "switch", "--quiet", "main")

    conflicts, merged = merge(images), scaffold("merge")

    assert (conflicts, merged.code) == ([MAIN], 0)
    main = (images / MAIN).read_text(encoding="utf-8")
    assert registered(main)[-3:] == ["images", "resize_images", "count_words"]
