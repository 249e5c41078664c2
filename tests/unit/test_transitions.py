import pytest

from src.core.errors import ConflictError
from src.services.transitions import check_transition

ALLOWED = {"draft": ("sent", "void"), "sent": ("paid",), "paid": (), "void": ()}


@pytest.mark.parametrize(
    ("before", "after"), [("draft", "sent"), ("draft", "void"), ("sent", "paid"), ("paid", "paid")]
)
def test_allowed_change_and_no_change_pass(before: str, after: str) -> None:
    check_transition("bill", ALLOWED, before, after)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("draft", "paid", "A draft bill cannot become paid; it can become sent or void."),
        ("sent", "draft", "A sent bill cannot become draft; it can become paid."),
        ("paid", "void", "A paid bill cannot become void; it can become nothing else."),
    ],
)
def test_other_change_is_a_conflict_that_names_the_allowed_ones(
    before: str, after: str, message: str
) -> None:
    with pytest.raises(ConflictError) as caught:
        check_transition("bill", ALLOWED, before, after)

    assert str(caught.value) == message
    assert caught.value.fields == ("status",)


def test_field_is_named() -> None:
    with pytest.raises(ConflictError) as caught:
        check_transition("bill", ALLOWED, "paid", "draft", field="stage")

    assert caught.value.fields == ("stage",)
