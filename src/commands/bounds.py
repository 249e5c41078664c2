"""Numbers that commands take."""

import math
from collections.abc import Callable
from datetime import timedelta

import click

LONGEST = timedelta(days=36_500)


class Finite(click.FloatRange):
    """A number between bounds; a range alone takes nan, which is beyond no bound."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail("This is not a number.", param, ctx)
        return number


def age[Command: Callable[..., None]](
    unit: str, kept: timedelta, least: int = 0
) -> Callable[[Command], Command]:
    """Return the option of the age to keep, such as ``--days``. What is younger than ``least`` is in
    use.
    """
    one = timedelta(**{unit: 1})
    return click.option(
        f"--{unit}",
        type=Finite(least, LONGEST / one),
        default=kept / one,
        show_default=True,
        help=f"Age in {unit} to keep.",
    )
