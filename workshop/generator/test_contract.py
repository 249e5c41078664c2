"""Features of every type pass the tests that are driven by the OpenAPI document, as those are."""

import subprocess
import sys
from pathlib import Path

import pytest

from workshop.generator.conftest import Scaffold

# Between them every type but json, which projects have, every rule, and what a migration may do
# to a field.
COMMANDS = """\
add owner email:email:unique site:url:optional:unique code:str:unique:pattern=^[A-Z]{2}[0-9]$:example=AB1,AB2
add sample name:str:min=2:unique note:text:optional count:int:unique:ge=10 size:bigint:optional \
    heat:float:ge=0.5:index load:float:le=-0.5 mass:decimal:6,3:le=-0.5 price:money:ge=1:le=500 \
    ready:bool:default=true made:date:unique seen:datetime:unique token:uuid:unique \
    state:enum:new,old:default=new:index keeper:ref:owner above:ref:sample:optional:set-null
add line_item sample:ref:unique:cascade buyer:ref:owner seller:ref:owner:optional \
    position:int:ge=1:le=5 --unique buyer,position
field add sample rank:int:ge=3 --backfill 3
field rename sample mass weight
field change sample state:enum:new,old,lost:default=new:index
field drop sample heat
"""
TESTS = ["workshop/fuzz", "tests/integration/test_migrations.py"]
SAME = "projects or health or metrics or header or at_once"
"""Names of tests that no feature makes any different."""


def test_generated_features_keep_the_contract(
    root: Path, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in COMMANDS.splitlines():
        assert scaffold(*command.split()).code == 0
    monkeypatch.setenv("FUZZ_EXAMPLES", "2")

    pytest_ = [sys.executable, "-m", "pytest", "-q", "--numprocesses", "2", "--dist", "worksteal"]
    subprocess.run([*pytest_, *TESTS, "-k", f"not ({SAME})"], cwd=root, check=True)
