"""The alerts, the runbook and the dashboard fit together."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # the library lacks the types

FOLDER = Path("ops/monitoring")
RUNBOOK = Path("docs/runbook.md").read_text(encoding="utf-8")
DASHBOARD = json.loads((FOLDER / "grafana/dashboards/service.json").read_text(encoding="utf-8"))
PANELS = [each for each in DASHBOARD["panels"] if each["type"] != "row"]


def alerts() -> dict[str, Any]:
    paths = FOLDER.glob("prometheus/rules/*.rules.yml")
    groups = [
        group for path in paths for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
    ]
    rules = [rule for group in groups for rule in group["rules"]]
    return {rule["alert"]: rule for rule in rules if "alert" in rule}


def test_every_alert_has_a_heading_in_the_runbook_and_no_heading_is_left_over() -> None:
    assert {*re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)} == alerts().keys()
    for name, alert in alerts().items():
        assert alert["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"


def test_runbook_says_who_is_woken() -> None:
    for name, alert in alerts().items():
        section = RUNBOOK.partition(f"## {name}\n")[2].partition("\n## ")[0]
        assert section.strip().startswith(f"*{alert['labels']['severity'].capitalize()}.*")


def test_alerts_are_few() -> None:
    assert 1 < len(alerts()) <= 10


def test_every_severity_has_a_route() -> None:
    config = yaml.safe_load((FOLDER / "alertmanager.yml").read_text("utf-8"))
    receivers = {each["name"] for each in config["receivers"]}

    assert {alert["labels"]["severity"] for alert in alerts().values()} == {"page", "ticket"}
    assert {config["route"]["receiver"], *(each["receiver"] for each in config["route"]["routes"])}
    assert receivers == {"pager", "tickets"}


def test_panels_have_units_sources_and_places_of_their_own() -> None:
    assert 1 < len(PANELS) <= 12
    assert len({each["id"] for each in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    for panel in PANELS:
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["targets"]
    for one, other in combinations((each["gridPos"] for each in PANELS), 2):
        assert not _overlap(one, other)


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def test_dashboard_is_provisioned_from_its_file() -> None:
    (provider,) = yaml.safe_load(
        (FOLDER / "grafana/provisioning/dashboards/service.yaml").read_text("utf-8")
    )["providers"]
    (source,) = yaml.safe_load(
        (FOLDER / "grafana/provisioning/datasources/prometheus.yaml").read_text("utf-8")
    )["datasources"]

    assert (provider["allowUiUpdates"], source["type"]) == (False, "prometheus")
