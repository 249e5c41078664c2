"""What every feature of the service keeps.

A feature's test class states its facts and inherits the tests: see tests/integration/test_things.py.
A rule of the feature is a method below the facts; an exception overrides a test.
"""

from tests.contract.changes import Changes
from tests.contract.creation import Creation
from tests.contract.facts import BROKEN, COMMON, TAKEN, leave_out
from tests.contract.fields import Field, Link
from tests.contract.filters import Filters
from tests.contract.including_links import IncludingLinks
from tests.contract.kinds import (
    NOW,
    boolean,
    day,
    enum,
    json_model,
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
from tests.contract.rules import Rules
from tests.contract.search import Search
from tests.contract.steps import Steps
from tests.contract.texts import email, patterned, string, text, url
from tests.contract.uniqueness import Uniqueness
from tests.contract.written import duration, int64, texts, time_of_day

__all__ = [
    "BROKEN",
    "COMMON",
    "NOW",
    "TAKEN",
    "Contract",
    "Field",
    "Link",
    "boolean",
    "day",
    "duration",
    "email",
    "enum",
    "exact",
    "int64",
    "integer",
    "json_model",
    "json_object",
    "number",
    "patterned",
    "reference",
    "safe_integer",
    "shown",
    "string",
    "text",
    "texts",
    "time_of_day",
    "timestamp",
    "url",
    "uuid",
]


class Contract(
    Creation,
    Uniqueness,
    Reading,
    Changes,
    Lists,
    Filters,
    Search,
    Steps,
    References,
    IncludingLinks,
    Rules,
    Owners,
):
    def __init_subclass__(cls) -> None:
        leave_out(cls)
