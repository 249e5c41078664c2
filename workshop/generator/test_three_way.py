"""Changes of a person and of the generator in one text."""

import pytest

from scaffold.edit.three_way import with_neighbours


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ("aXbc", "aBc", "aXBc"),
        ("abXc", "aBc", "aBXc"),
        ("abXc", "ac", "aXc"),
        ("Abc", "aBc", "ABc"),
        ("abcX", "ab", "abX"),
        ("aXbc", "aXbc", "aXbc"),
        ("aXbc", "aYbc", "aYXbc"),
        ("abcXY", "abcZ", "abcZXY"),
        ("abcXYZ", "abcY", "abcXYZ"),
        ("aXYc", "aYc", "aXYc"),
        ("aXc", "ac", None),
        ("aXc", "aYc", None),
        ("aX", "aBc", None),
    ],
)
def test_neighbours_of_a_change_may_change_too(ours: str, theirs: str, merged: str | None) -> None:
    texts = ["".join(f"{line}\n" for line in text) for text in (ours, "abc", theirs)]

    found = with_neighbours(*texts)

    assert found == (None if merged is None else "".join(f"{line}\n" for line in merged))
