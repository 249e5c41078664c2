import os
from secrets import randbits
from typing import Any

import pytest

# Before the processes of the run begin, which all take the same one.
if os.environ.get("FUZZ_SEED") == "random":
    os.environ["FUZZ_SEED"] = str(randbits(32))

# By name, since the suite loads no plugin merely because it is installed.
pytest_plugins = ["schemathesis.pytest.plugin"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how many requests the fuzz tests have sent, and which ones took the longest."""

    def noted(name: str, when: str) -> list[Any]:
        return [
            value
            for reports in terminalreporter.stats.values()
            for report in reports
            if getattr(report, "when", None) == when
            for each, value in report.user_properties
            if each == name
        ]

    cases = sum(noted("cases", "teardown"))
    terminalreporter.write_line(f"{cases} cases, FUZZ_SEED={os.environ.get('FUZZ_SEED', '0')}")
    for seconds, what in sorted(noted("longest", "call"))[-5:]:
        terminalreporter.write_line(f"{seconds * 1000:.1f} ms of the event loop: {what}")
