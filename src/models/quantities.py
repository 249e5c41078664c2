"""Quantities in the notation of Kubernetes, such as ``500m``, ``1.5`` and ``2Gi``."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

_PATTERN = r"^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?$"
_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_BINARY = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_PARTS = re.compile(r"\+?([0-9.]+)(.*)")
_FACTORS = {
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(_DECIMAL, start=-3)},
    **{suffix: Decimal(1024) ** power for power, suffix in enumerate(_BINARY, start=1)},
}


def value_of(quantity: str) -> Decimal:
    """Return the number that a valid quantity stands for."""
    number, suffix = _PARTS.fullmatch(quantity).groups()  # type: ignore[union-attr]  # it is valid
    return Decimal(number) * _FACTORS[suffix] if suffix in _FACTORS else Decimal(number + suffix)


def _within(least: str, most: str, step: str) -> Callable[[str], str]:
    """Return a check that leaves the spelling as it is."""

    def check(quantity: str) -> str:
        value = value_of(quantity)
        if not value_of(least) <= value <= value_of(most) or value % value_of(step):
            msg = f"must be between {least} and {most}, in steps of {step}"
            raise ValueError(msg)
        return quantity

    return check


_Quantity = Annotated[str, StringConstraints(pattern=_PATTERN, max_length=20)]
CpuQuantity = Annotated[_Quantity, AfterValidator(_within("1m", "1000", "1m"))]
MemoryQuantity = Annotated[_Quantity, AfterValidator(_within("1Mi", "10Ti", "1"))]
