"""What every feature of the service keeps.

A feature's test class states its facts and inherits the tests: see tests/integration/test_things.py.
A rule of the feature is a method below the facts; an exception overrides a test.
"""

import inspect

from tests.contract.changes import Changes
from tests.contract.creation import Creation
from tests.contract.facts import BROKEN, COMMON, TAKEN
from tests.contract.fields import Field
from tests.contract.kinds import (
    boolean,
    day,
    enum,
    json_object,
    reference,
    shown,
    timestamp,
    uuid,
)
from tests.contract.lists import Lists
from tests.contract.numbers import exact, integer, number, safe_integer
from tests.contract.owners import Owners
from tests.contract.reading import Reading
from tests.contract.references import References
from tests.contract.texts import email, patterned, string, text, url
from tests.contract.uniqueness import Uniqueness

__all__ = [
    "BROKEN",
    "COMMON",
    "TAKEN",
    "Contract",
    "Field",
    "boolean",
    "day",
    "email",
    "enum",
    "exact",
    "integer",
    "json_object",
    "number",
    "patterned",
    "reference",
    "safe_integer",
    "shown",
    "string",
    "text",
    "timestamp",
    "url",
    "uuid",
]


class Contract(Creation, Uniqueness, Reading, Changes, Lists, References, Owners):
    def __init_subclass__(cls) -> None:
        """Leave out the tests of what the feature does not have."""
        for name, test in inspect.getmembers(cls, inspect.isfunction):
            if hasattr(test, "applies") and not test.applies(cls):
                setattr(cls, name, None)
