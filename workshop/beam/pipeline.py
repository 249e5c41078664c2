"""The features of the example, computed in parts by Apache Beam.

``python -m workshop.beam.pipeline EVENTS FEATURES`` writes JSON lines; Beam's own options follow.
"""

import json
import sys
from pathlib import Path
from zlib import crc32

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from examples.features import COLUMNS, features_of

PARTS = 8


def event_of(line: str) -> dict[str, object]:
    customer, at, amount, channel = line.split(",")
    return dict(zip(COLUMNS, (customer, at, int(amount), channel), strict=True))


def part_of(event: dict[str, object]) -> tuple[int, dict[str, object]]:
    """Bring all events of a customer into one part."""
    return crc32(str(event["customer"]).encode()) % PARTS, event


def main(events: str, target: str, *options: str) -> None:
    with beam.Pipeline(options=PipelineOptions([*options])) as pipeline:
        (
            pipeline
            | beam.io.ReadFromText(events, skip_header_lines=1)
            | beam.Map(event_of)
            | beam.Map(part_of)
            | beam.GroupByKey()
            | beam.FlatMap(lambda part: features_of(part[1]))
            | beam.Map(json.dumps)
            | beam.io.WriteToText(str(Path(target).absolute()), shard_name_template="")
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
