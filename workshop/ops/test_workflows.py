"""Linters of workflows, Dockerfiles and hooks, and faults that each of them has to find."""

import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest

from workshop.ops.programs import BIN, Done, copy_of, debian, plant

FOLDER = ".github"
HOOKS_SECONDS = 10


def workflows(root: Path) -> list[Path]:
    return sorted((root / FOLDER / "workflows").glob("*.yml"))


def by_actionlint(root: Path) -> Done:
    return Done(BIN / "actionlint", *workflows(root))


def by_zizmor(root: Path) -> Done:
    return Done(BIN / "zizmor", "--offline", "--persona=auditor", "--no-progress", root / FOLDER)


def by_schemas(root: Path) -> Done:
    check = [BIN / "check-jsonschema", "--builtin-schema"]
    jobs = Done(*check, "vendor.github-workflows", *workflows(root))
    return (
        Done(*check, "vendor.dependabot", root / FOLDER / "dependabot.yml")
        if jobs.is_content
        else jobs
    )


def by_hadolint(root: Path) -> Done:
    return Done(BIN / "hadolint", *sorted((root / "ops/docker").glob("*/Dockerfile")))


@pytest.mark.parametrize("judge", [by_actionlint, by_zizmor, by_schemas, by_hadolint])
def test_linter_has_nothing_to_say(judge: type[Done]) -> None:
    judged = judge(Path())

    assert judged.is_content, judged


@pytest.mark.parametrize(
    ("judge", "path", "old", "new"),
    [
        (by_actionlint, "ci.yml", "runs-on:", "run-on:"),
        (by_actionlint, "deploy.yml", "inputs.environment", "inputs.enviroment"),
        (by_zizmor, "ci.yml", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7"),
        (by_zizmor, "ci.yml", "persist-credentials: false", "persist-credentials: true"),
        (by_zizmor, "cd.yml", "permissions: {}", "permissions: write-all"),
        (by_zizmor, "security.yml", "- run: pipx", "- run: echo '${{ github.head_ref }}' && pipx"),
        (by_schemas, "cd.yml", "needs: build", "need: build"),
    ],
)
def test_fault_of_a_workflow_is_found(judge: type[Done], path: str, old: str, new: str) -> None:
    with copy_of(FOLDER) as root:
        plant(root / FOLDER / "workflows" / path, old, new)

        assert not judge(root).is_content


def test_fault_of_dependabot_is_found() -> None:
    with copy_of(FOLDER) as root:
        plant(root / FOLDER / "dependabot.yml", "interval: weekly", "interval: sometimes")

        assert not by_schemas(root).is_content


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FROM python:3.13-slim-trixie AS build", "FROM python:latest AS build"),
        ('CMD ["env", "--block-signal=TERM", "python", ', "CMD env python "),
        ("WORKDIR /app", "WORKDIR app"),
    ],
)
def test_fault_of_an_image_is_found(old: str, new: str) -> None:
    with copy_of("ops/docker") as root:
        plant(root / "ops/docker/api/Dockerfile", old, new)

        assert not by_hadolint(root).is_content


def by_gitleaks(tree: Path) -> Done:
    command = debian("gitleaks", "gitleaks", "trixie")
    return Done(command, "detect", "--source", tree, "--no-banner", "--redact")


def commit(tree: Path, path: str, text: str) -> None:
    (tree / path).write_text(text, encoding="utf-8")
    name = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for command in (["add", path], [*name, "commit", "--quiet", "--message", path]):
        subprocess.run(["git", *command], cwd=tree, check=True)


def test_history_has_no_secret_and_one_that_is_committed_is_found(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    subprocess.run(["git", "clone", "--quiet", ".", tree], check=True)
    commit(tree, ".gitleaks.toml", Path(".gitleaks.toml").read_text(encoding="utf-8") + "\n")
    clean = by_gitleaks(tree)
    assert clean.is_content, clean

    commit(tree, "tests/a.py", f'KEY = "{sha256(b"key").hexdigest()}"\n')
    assert not by_gitleaks(tree).is_content


@pytest.fixture
def hooked(tmp_path: Path) -> Path:
    """Return a clone whose hooks find the packages of this tree."""
    tree = tmp_path / "tree"
    subprocess.run(["git", "clone", "--quiet", ".", tree], check=True)
    (tree / ".venv").symlink_to(sys.prefix)
    cache = Path(".mypy_cache")
    if cache.exists():
        copytree(cache, tree / ".mypy_cache")
    return tree


def test_hooks_pass_without_a_network_and_find_a_fault(hooked: Path) -> None:
    command = [BIN / "prek", "run", "--all-files", "--color=never"]
    first = Done(*command, folder=hooked, HOME=f"{hooked}/..")
    assert first.is_content, first

    started = time.monotonic()
    second = Done(*command, folder=hooked, HOME=f"{hooked}/..")
    print(f"{time.monotonic() - started:.1f} s with a warm cache, of {HOOKS_SECONDS}")
    assert second.is_content, second

    plant(hooked / "src/serve.py", "import subprocess\n", "import subprocess\nimport json\n")
    assert not Done(*command, folder=hooked, HOME=f"{hooked}/..").is_content
