"""Patterns mean one thing to the three that read them: Python, Pydantic and PostgreSQL."""

import re
import warnings
from typing import Annotated

import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError
from sqlalchemy import Connection, text

from scaffold.errors import RefusedError
from scaffold.migrate.unfit import whole
from scaffold.spec.parse import parse_field

ALIKE = [
    (r"^[A-Z]{2}\d+$", "AB1,ZZ99", "ab1,A1,-"),
    (r"^x{2}-?$", "xx,xx-", "x,xxx,xx--"),
    (r"^x{2,}y{1,255}$", "xxy,xxxyy", "xy,xx"),
    (r"^[\w.-]{1,20}$", "a.b,c-d", "a b,@"),
    (r"^(?:a|b)(c|)+?\.[^a-f\]]*$", "a.,bc.x", "a,ax,b.a"),
    (r"^[]^-]\-\[\{\}\(\)$", "]-[{}(),^-[{}()", "--[{}(],a"),
    (r"^\S\D\W[\s\d]a$", "aa-1a,bb! a", "1,aaaaa"),
]
OTHERS = [
    "^x{,3}$",
    "^(?>a|b)$",
    "^(?#c)[a-z]+$",
    r"^\N{BULLET}$",
    r"^[\w.-]{1,5000}$",
    "^(a)?(?(1)b|c)$",
    "^[a-z-[0-9]$",
    "^[a-z&&b]$",
    "^[a-z--b]$",
    "^[a-z~~b]$",
    "^[a||b]$",
    "^[[a-z]]?$",
    "^[[:alpha:]]$",
    "^[a-z]{1,300}$",
    "^[a-z]{256}$",
    "^(?i:A-B)$",
    "^(?P<x>a-b|c)$",
    "^a++-b$",
    "^a{1,2}+b$",
    r"^\x2db$",
    r"^\bab\b$",
    r"^\<ab$",
    r"^\Aab$",
    r"^(a)\1$",
    "^(?=a)a$",
    "^a}$",
]


@pytest.mark.parametrize(("pattern", "fitting", "others"), ALIKE)
def test_pattern_that_is_accepted_means_one_thing(
    connection: Connection, pattern: str, fitting: str, others: str
) -> None:
    parse_field(f"code:str:pattern={pattern}:example={fitting}")

    for sample in f"{fitting},{others}".split(","):
        is_fitting = sample in fitting.split(",")
        assert bool(re.search(pattern, sample)) == is_fitting
        assert is_read_by_pydantic(pattern, sample) == is_fitting
        if connection.dialect.name == "postgresql":
            values = {"sample": sample, "pattern": whole(pattern)}
            assert connection.scalar(text("SELECT :sample ~ :pattern"), values) == is_fitting


def is_read_by_pydantic(pattern: str, sample: str) -> bool:
    try:
        TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)]).validate_python(sample)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("pattern", OTHERS)
def test_pattern_that_one_of_them_reads_otherwise_is_refused(pattern: str) -> None:
    with (
        warnings.catch_warnings(action="ignore"),
        pytest.raises(RefusedError, match="read alike|no regular expression"),
    ):
        parse_field(f"code:str:pattern={pattern}:example=a,b")
