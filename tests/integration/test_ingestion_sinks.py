"""What every sink keeps, for the tests' own features."""

from src.ingestion.row_sink import RowSink
from tests.ingestion import THINGS
from tests.integration.test_thing_parts import TestThingParts as ThingParts
from tests.integration.test_things import TestThings as Things
from tests.sink_contract import SinkContract
from tests.thing_parts import ThingPart, ThingPartCreate


class TestThingSink(SinkContract):
    feature, sink = Things, THINGS
    key = ("name",)


class TestThingPartSink(SinkContract):
    feature, sink = ThingParts, RowSink(ThingPart, ThingPartCreate)
    key = ()
