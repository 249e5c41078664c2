"""Sinks of streams: what a person types, what is written then, and what becomes of it."""

from pathlib import Path

import pytest

from scaffold.edit.registration import MAIN
from scaffold.spec.parts import load_capabilities
from scaffold.spec.records import load_features
from workshop.generator.conftest import Scaffold
from workshop.generator.trees import snapshot

READING = ("add", "sensor_reading", "sensor:str:unique", "state:enum:new,used:steps=new>used")
INGEST = ("ingest", "sensor_reading")
SINK = Path("src/ingestion/sinks/sensor_readings.py")
FILES = {
    "scaffold/features/sensor_reading_sink.toml",
    str(SINK),
    "tests/integration/test_sensor_reading_sink.py",
}


@pytest.fixture
def readings(root: Path, scaffold: Scaffold) -> Path:
    assert scaffold(*READING).code == 0
    return root


def test_sink_is_added_and_removed_to_the_byte(readings: Path, scaffold: Scaffold) -> None:
    before = snapshot(readings)

    added = scaffold(*INGEST)
    after = snapshot(readings)
    again = scaffold(*INGEST)
    removed = scaffold("remove", "sensor_reading_sink")

    assert (added.code, removed.code) == (0, 0), added.err
    assert after.keys() - before.keys() == FILES
    assert {path for path in before if before[path] != after[path]} == set()
    assert "Nothing to change" in again.out
    assert snapshot(readings) == before


def test_sink_knows_the_key_and_keeps_what_has_steps(readings: Path, scaffold: Scaffold) -> None:
    scaffold(*INGEST)

    text = (readings / SINK).read_text(encoding="utf-8")

    assert 'key=("sensor",)' in text
    assert 'keep=("state",)' in text


def test_feature_that_changes_takes_its_sink_along(readings: Path, scaffold: Scaffold) -> None:
    scaffold(*INGEST)

    changed = scaffold("field", "rename", "sensor_reading", "sensor", "device")

    assert changed.code == 0, changed.err
    assert 'key=("device",)' in (readings / SINK).read_text(encoding="utf-8")
    assert "changed by hand" not in scaffold("list").out.partition("sensor_reading_sink")[2]


WRONG = {
    ("ingest", "sensor_readin"): "There is no feature sensor_readin; did you mean sensor_reading?",
    ("ingest", "ml_metric"): "ml_metric was not generated with a table: write a sink by hand",
    ("ingest", "sensor_reading_sink"): "was not generated with a table",
    ("remove", "sensor_reading"): "sensor_reading is needed by sensor_reading_sink.",
    ("blank", "--without", "ingestion"): "sensor_reading_sink needs ingestion.",
}


def test_refusals_say_why_and_write_nothing(
    readings: Path, scaffold: Scaffold, subtests: pytest.Subtests
) -> None:
    scaffold(*INGEST)
    before = snapshot(readings)

    for arguments, message in WRONG.items():
        with subtests.test(" ".join(arguments)):
            refused = scaffold(*arguments)
            assert refused.code == 2
            assert message in " ".join(refused.err.split())
    assert snapshot(readings) == before


def test_service_without_streams_says_how_they_come_back(root: Path, scaffold: Scaffold) -> None:
    scaffold("blank")

    refused = scaffold("ingest", "user")

    assert "This service takes no streams. Bring them back with: update --with ingestion" in (
        " ".join(refused.err.split())
    )


def test_blank_tree_keeps_a_sink_with_all_that_it_needs(readings: Path, scaffold: Scaffold) -> None:
    scaffold(*INGEST)

    assert scaffold("blank").code == 0

    assert load_features(readings).keys() == {"sensor_reading", "sensor_reading_sink", "user"}
    assert "ingestion" in load_capabilities(readings)
    assert "sink" not in (readings / MAIN).read_text(encoding="utf-8")
