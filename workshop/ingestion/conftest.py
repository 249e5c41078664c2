import sys
from pathlib import Path

from workshop.faults.conftest import postgres_only, url

__all__ = ["postgres_only", "url"]

# The broker and the client of Kinesis lie apart; what both have is taken from ours, which comes first.
sys.path += map(str, Path(".venv-ingestion/lib").glob("python*/site-packages"))
