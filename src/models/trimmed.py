"""Text without the white space around it."""

from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

# Written out: what \s means differs between clients, Pydantic and `str.strip`.
WHITE = r"\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""White space beyond ASCII, in a class of a pattern."""
VISIBLE = rf"[^\x00-\x20{WHITE}]"


class Trim:
    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema: Any = handler(source)
        text = schema["schema"] if schema["type"] == "nullable" else schema
        # Otherwise the stripped text could be too short for the schema of the response.
        if (least := text.get("min_length", 0)) > 1:
            text["pattern"] = rf"^[^\x00]*{VISIBLE}[^\x00]{{{least - 2},}}{VISIBLE}[^\x00]*$"
        return no_info_after_validator_function(lambda text: text and text.strip(), schema)
