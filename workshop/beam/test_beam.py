"""The example's function under Apache Beam, compared with another database."""

import json
import subprocess
from pathlib import Path

import pytest

from examples.events import PATH
from tests.worker.test_features_example import assert_equal

PYTHON = Path(".venv-beam/bin/python")
PROCESSES = ["--direct_num_workers", "2", "--direct_running_mode", "multi_processing"]


@pytest.mark.parametrize("options", [[], PROCESSES], ids=["one process", "two processes"])
def test_features_of_beam_are_those_of_another_database(tmp_path: Path, options: list[str]) -> None:
    target = tmp_path / "features.jsonl"

    module = ["-m", "workshop.beam.pipeline", str(PATH), str(target)]
    runner = ["--runner", "DirectRunner", *options]
    subprocess.run([PYTHON, *module, *runner], check=True)

    assert_equal([json.loads(line) for line in target.read_text("utf-8").splitlines()])
