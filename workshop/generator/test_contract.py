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
    state:enum:new,old:default=new:index keeper:ref:owner:include above:ref:sample:optional:set-null:include
add line_item sample:ref:unique:cascade:include buyer:ref:owner seller:ref:owner:optional \
    position:int:ge=1:le=5 --unique buyer,position
add visit starts_at:datetime ends_at:datetime:optional opened:date:default=now place:json:Venue \
    seats:int:readonly:default=0 host:ref:user:include:optional unit:enum:EUR,3d:default=3d fee:money:ge=0:example=9.90 \
    --check ends_at>starts_at --check fee>0
field add sample rank:int:ge=3 --backfill 3
field rename sample mass weight
field change sample state:enum:new,old,lost:default=new:index
field drop sample heat
field change sample weight:decimal:9,4:le=-0.5
field change sample count:bigint:unique:ge=10
feature change visit --check seats>=0
add team name:str:unique
add player name:str team:ref:include rank:int sold:int:readonly:default=0 --check rank>sold
field add team captain:ref:player:optional:include
feature change player --unique name,team --sort id
add shelf label:str:unique:search text:text:optional:search kind:str:max=2:search
feature change shelf --owned
add book title:str shelf:ref below:ref:book:optional
field change book shelf:ref:include
field change book below:ref:book:optional:include
add topic title:str:unique
add essay title:str topics:many related:many:essay:include
field change essay topics:many:include
field add shelf topics:many
field rename shelf topics themes
field add shelf mates:many:shelf
field add book peers:many:book:include
field add shelf books:many
add shift number:int64:unique:ge=10 load:int64:optional starts:time:index ends:time:optional \
    opens:time:default=08:30 rest:duration:default=PT1H30M lasts:duration:ge=PT1M:le=P7D:index \
    tags:list:str notes:list:str:optional --check ends>starts --check lasts>rest
field add shift code:str:unique:max=40 --backfill-sql 'S-'||number
field change shift load:bigint:optional
field rename shelf text words
field drop shelf kind
add span start:datetime end:datetime desc:date --check end>start --check desc>=2030-01-01
add pet digest:str:index unknown:enum:a,b revoked_at:datetime:optional owner:ref:user --sort digest
field add pet action:str:optional --backfill Rename
add userspace client:str:search letter:str:unique:max=1
job tidy_shelf shelf:ref keeper:ref:owner:optional depth:int:ge=1:le=9 note:text:optional \
    limits:json by:datetime:default=now state:enum:new,old:default=new fee:money:ge=0 \
    at:time:default=08:30 size:int64:ge=0 within:duration:default=PT1H tags:list:str
"""
TESTS = ["workshop/fuzz", "tests/unit/test_rolling_migrations.py"] + [
    f"tests/integration/test_{name}.py" for name in ("migration", "authorization", "others")
]
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
