"""A newer template for this tree: ``python -m scaffold update``."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from scaffold.apply import report
from scaffold.apply.run import Mode
from scaffold.commands.options import HERE, with_mode
from scaffold.edit.git import git, require_commit
from scaffold.errors import RefusedError

CONFLICTS = "You and the template have changed the same lines:"
SETTLE = "Settle them, git commit --all, and run this command again for the checks."
BACK = "take it back with git reset --hard."


@click.command()
@click.argument("tree", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--from", "source", metavar="URL", help="The template, if no remote is.")
@click.option("--to", metavar="REF", default="HEAD", help="A branch, tag or commit of it.")
@click.option("--with", "parts", multiple=True, metavar="PART", help="Bring this part back.")
@click.option("--no-checks", is_flag=True, help="Keep the result without trying it.")
@with_mode
def update(
    tree: Path | None,
    source: str | None,
    to: str,
    parts: Sequence[str],
    no_checks: bool,
    mode: Mode,
) -> None:
    """Bring the tree to a newer template.

    What you have not edited never conflicts, and what you have removed stays away. In a clone of
    the template, TREE is one whose own generator cannot update yet.
    """
    require_commit(tree or HERE)
    if tree:
        bring(tree.resolve(), parts, mode, checks=not no_checks)
        return
    options = [f"--with={each}" for each in parts]
    flags = {
        "--no-checks": no_checks,
        "--postgres": mode.postgres,
        "--dry-run": mode.dry_run,
        "--json": mode.as_json,
    }
    options += [flag for flag, is_set in flags.items() if is_set]
    raise SystemExit(bring_by_template(source or remote(), to, options))


def bring(tree: Path, parts: Sequence[str], mode: Mode, *, checks: bool) -> None:
    from scaffold.update.update import update_tree  # takes Alembic

    done = update_tree(HERE, tree, parts, mode, checks=checks)
    if mode.as_json:
        report.out.print_json(report.as_json(done.changes, {}))
    else:
        report.show(done.changes, diffs=mode.dry_run)
    if done.conflicts:
        files = "".join(f"\n  {each}" for each in done.conflicts)
        report.fail(f"{CONFLICTS}{files}\n{SETTLE} Or {BACK}", code=1)
    if not (mode.as_json or mode.dry_run):
        as_of = f"The tree is as of {done.commit[:7]} of the template."
        see = f"Look at git diff --staged, then git commit; or {BACK}" if done.changes else ""
        report.out.print(f"{as_of} {see}")


def bring_by_template(source: str, to: str, options: Sequence[str]) -> int:
    """Let the newer template do it, with its own generator and packages."""
    from scaffold.update.update import installed

    with TemporaryDirectory() as folder:
        template = Path(folder, "template")
        with report.step("template"):
            git(HERE, "clone", "--quiet", "--no-checkout", source, str(template))
            git(template, "checkout", "--quiet", to)
        command = [installed(template, HERE), "-m", "scaffold", "update", str(HERE.resolve())]
        return subprocess.run([*command, *options], cwd=template, check=False).returncode  # noqa: S603


def remote() -> str:
    """Return the address of the remote called template, else of origin."""
    names = git(HERE, "remote").split()
    for name in ("template", "origin"):
        if name in names:
            return git(HERE, "remote", "get-url", name).strip()
    raise RefusedError("Name the template with --from, or: git remote add template URL")
