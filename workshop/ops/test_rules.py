"""Prometheus' and Alertmanager's own checks of our files, and faults that they have to find."""

from pathlib import Path

import pytest

from workshop.ops.programs import Done, amtool, copy_of, plant, promtool

FOLDER = "ops/monitoring"
RULES, TESTS = "prometheus/rules/*.rules.yml", "prometheus/rules/*.tests.yml"


def checked(root: Path) -> list[Done]:
    """Check the configuration and the rules, and run the tests of the rules."""
    folder = root / FOLDER
    rules, tests = sorted(folder.glob(RULES)), sorted(folder.glob(TESTS))
    assert len(rules) == len(tests) >= 1
    (folder / "token").touch()
    return [
        Done(promtool(), "check", "rules", *rules),
        Done(promtool(), "check", "config", folder / "prometheus/prometheus.yml"),
        Done(promtool(), "test", "rules", *tests),
        Done(amtool(), "check-config", folder / "alertmanager.yml"),
    ]


def test_rules_and_configurations_pass() -> None:
    with copy_of(FOLDER) as root:
        # Its place in the container is not there.
        plant(root / FOLDER / "prometheus/prometheus.yml", "/etc/prometheus/", f"{root}/{FOLDER}/")
        (root / FOLDER / "metrics-token").touch()

        assert [str(each) for each in checked(root) if not each.is_content] == []


FAULTS = {
    "share of errors that is never reached": ("share5m > 14.4 * 0.001", "share5m > 14.4 * 0.1"),
    "no floor of traffic": (
        "\n            and job:http_requests:rate5m > 1\n        for: 2m",
        "\n        for: 2m",
    ),
    "restart of a minute pages": ("for: 1m", "for: 0m"),
    "absent service is not noticed": ("or absent(up{job=", "or absent(up{job!="),
    "slow logins page": (', route!~".*/login"', ""),
    "streams count as stuck": (" - http_streams_open", ""),
    "a full queue is a database that is away": ('reason="away"', 'reason=~"away|queue"'),
    "full pool without waiting": ("> 0.1\n        for: 5m", ">= 0\n        for: 5m"),
    "two starts are a ticket": ("[15m]) > 2", "[15m]) > 1"),
    "schema that is behind for a moment": ("== 1\n        for: 5m", "== 1\n        for: 0m"),
    "page turned into a ticket": ("severity: page", "severity: ticket"),
    "syntax": ("histogram_quantile(0.99,", "histogram_quantile(0.99"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_planted_fault_is_found(name: str) -> None:
    with copy_of(FOLDER) as root:
        plant(root / FOLDER / "prometheus/rules/service.rules.yml", *FAULTS[name])
        rules, _, tests, _ = checked(root)

    assert not (rules.is_content and tests.is_content)


def receiver_of(root: Path, **labels: str) -> str:
    told = [f"{name}={value}" for name, value in labels.items()]
    file = root / FOLDER / "alertmanager.yml"
    return Done(amtool(), "config", "routes", "test", f"--config.file={file}", *told).output.strip()


def test_pages_wake_somebody_and_tickets_do_not() -> None:
    assert receiver_of(Path(), alertname="ServiceDown", severity="page") == "pager"
    assert receiver_of(Path(), alertname="MigrationMissing", severity="ticket") == "tickets"


def test_route_that_matches_nothing_is_found() -> None:
    with copy_of(FOLDER) as root:
        plant(root / FOLDER / "alertmanager.yml", 'severity="page"', 'severity="pager"')

        assert receiver_of(root, alertname="ServiceDown", severity="page") == "tickets"
