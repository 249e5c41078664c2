"""Changes carried over into files that people have changed, too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher, unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.git import run_git
from scaffold.edit.imports import with_imports
from scaffold.errors import RefusedError

MOST_CONFLICTS = 127
"""Git's exit code is their number, or greater for an error."""

type Edit = tuple[int, int, tuple[str, ...]]
"""The lines from the first number to the second become others."""


def carried_over(tree: Tree, old: Mapping[str, str], new: Mapping[str, str]) -> Plan:
    """Return the files that the generator writes differently now; a deleted file stays deleted."""
    both = old.keys() & new.keys()
    differing = [path for path in new if path in both and new[path] != old[path] and tree.has(path)]
    texts = {path: carry_over(path, tree.read(path), old[path], new[path]) for path in differing}
    added = {path: text for path, text in new.items() if path not in both}
    if taken := [*filter(tree.has, added)]:
        raise RefusedError(f"Other files are in the way: {', '.join(taken)}.")
    gone = [path for path in old if path not in both and tree.has(path)]
    if edited := [path for path in gone if tree.read(path) != old[path]]:
        raise RefusedError(
            f"Changed by hand, and of no use after this change: {', '.join(edited)}. Delete this, "
            "then run the command again."
        )
    edited_too = [path for path in texts if tree.read(path) != old[path] and path.endswith(".py")]
    return {**with_imports(texts, new, edited_too), **added, **dict.fromkeys(gone)}


def carry_over(path: str, current: str, old: str, new: str) -> str:
    """Return the text with the generator's change. Raises `RefusedError` if both changed a line."""
    if (merged := _merged(current, old, new)) is not None:
        return merged
    raise RefusedError(
        f"{path}: you have changed lines that this command changes, too. Make them as they were, "
        f"run the command, and change them again. It makes this change:\n\n{diff(path, old, new)}"
    )


def settle(path: str, current: str, old: str, new: str) -> str:
    """Return the text with what other people have changed. Raises `RefusedError` likewise."""
    if (merged := _merged(current, old, new, at_one_place=False)) is not None:
        return merged
    raise RefusedError(
        f"{path}: a person has changed the same lines. Make this change by hand, then run the "
        f"command again:\n\n{diff(path, old, new)}"
    )


def _merged(current: str, old: str, new: str, *, at_one_place: bool = True) -> str | None:
    merged = merged_by_git(current, old, new)
    if merged is None:
        merged = with_neighbours(current, old, new, at_one_place=at_one_place)
    return merged


def diff(path: str, old: str, new: str) -> str:
    return "\n".join(unified_diff(old.splitlines(), new.splitlines(), path, path, n=2, lineterm=""))


def merged_by_git(current: str, old: str, new: str) -> str | None:
    """Return None if there are conflicts."""
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("current", "old", "new")]
        for file, text in zip(files, (current, old, new), strict=True):
            file.write_bytes(text.encode())
        merge = run_git(Path(folder), "merge-file", "--stdout", "--quiet", *map(str, files))
    if merge.returncode > MOST_CONFLICTS:
        raise RefusedError(merge.stderr.strip())
    return None if merge.returncode else merge.stdout


def with_neighbours(current: str, old: str, new: str, *, at_one_place: bool = True) -> str | None:
    """Merge changes of lines that touch, which Git takes for a conflict; None if they overlap.

    Of lines added ``at_one_place``, the generated ones come first.
    """
    base, own, generated = (text.splitlines(keepends=True) for text in (old, current, new))
    mine, made = [*_edits(base, own)], [*_edits(base, generated)]
    lines, place, last = list[str](), 0, (-1, -1)
    left = [edit for edit in made if not _has(mine, edit)]
    for start, end, text in sorted([*left, *mine], key=lambda edit: edit[:2]):
        if start < place or ((start, end) == last and (start < end or not at_one_place)):
            return None
        lines += [*base[place:start], *text]
        place, last = end, (start, end)
    return "".join([*lines, *base[place:]])


def _has(mine: Iterable[Edit], edit: Edit) -> bool:
    """Tell whether a person has made the edit, be it among other lines at the same place."""
    start, end, text = edit
    others = [each for *place, each in mine if place == [start, end]]
    return any(text == each or (text and _lines(text) in _lines(each)) for each in others)


def _lines(text: Iterable[str]) -> str:
    return "\n" + "".join(text)


def _edits(base: Sequence[str], other: Sequence[str]) -> Iterator[Edit]:
    codes = SequenceMatcher(None, base, other, autojunk=False).get_opcodes()
    yield from ((a, b, tuple(other[c:d])) for tag, a, b, c, d in codes if tag != "equal")
