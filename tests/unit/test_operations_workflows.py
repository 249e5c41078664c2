"""The workflows: pinned actions, few rights, targets of make that there are."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # the library lacks the types

FOLDER = Path(".github/workflows")
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
OWN = "$/.github/workflows/"


def jobs_of(path: Path) -> dict[str, Any]:
    jobs: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return jobs


def runs_of(path: Path) -> list[str]:
    steps = [step for job in jobs_of(path).values() for step in job.get("steps", ())]
    return [step["run"] for step in steps if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=str)
def test_actions_are_pinned_to_a_commit_with_its_version(path: Path) -> None:
    used = re.findall(r"uses: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert used
    assert [each for each in used if not (PINNED.fullmatch(each) or each.startswith(OWN))] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=str)
def test_every_job_has_its_own_rights_and_an_end(path: Path) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {}
    for job in jobs_of(path).values():
        assert job["permissions"].get("contents") == "read"
        assert "timeout-minutes" in job or "uses" in job


@pytest.mark.parametrize("path", WORKFLOWS, ids=str)
def test_targets_of_make_are_there(path: Path) -> None:
    for run in runs_of(path):
        for folder, target in re.findall(r"\bmake (?:-C (\S+) )?([\w-]+)", run):
            makefile = Path(folder or ".") / "Makefile"
            assert re.search(rf"^{target}:", makefile.read_text(encoding="utf-8"), re.MULTILINE)


def test_pull_requests_run_what_a_person_runs() -> None:
    runs = runs_of(FOLDER / "ci.yml")

    assert {"make check", "make test", "make coverage", "make test-postgres"} <= {*runs}


def test_production_waits_for_staging() -> None:
    jobs = jobs_of(FOLDER / "cd.yml")

    assert (jobs["staging"]["needs"], jobs["production"]["needs"]) == ("build", "staging")
    assert "secrets" not in jobs["production"]


def test_failed_deployment_is_taken_back() -> None:
    steps = jobs_of(FOLDER / "deploy.yml")["deploy"]["steps"]

    assert [step["run"] for step in steps[-3:]] == [
        "make -C ops/k8s deploy",
        "make -C ops/k8s smoke",
        "make -C ops/k8s undo",
    ]
    assert steps[-1]["if"] == "failure()"


def test_hooks_need_no_network() -> None:
    hooks = yaml.safe_load(Path(".pre-commit-config.yaml").read_text(encoding="utf-8"))

    assert {each["repo"] for each in hooks["repos"]} == {"local"}
