"""A service under load, and a Prometheus that scrapes it with our rules."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

from httpx import AsyncClient, Limits

from tests.api import THINGS
from workshop.ops.programs import debian
from workshop.rigs.clients import HOST, client_of, free_port, until
from workshop.rigs.daemon import daemon, own_folder
from workshop.rigs.service import Service

FOLDER = Path("ops/monitoring")
DASHBOARD = FOLDER / "grafana/dashboards/service.json"
TOKEN = "a-token-of-the-proof-of-32-letters"  # noqa: S105
REQUESTS = 400
PATIENCE_SECONDS = 90
JOB = re.compile(r"job_name: (\S+)")


@dataclass
class Monitored:
    """Prometheus, by its HTTP interface."""

    client: AsyncClient

    async def series(self, expression: str) -> int:
        """Return how many series an expression has. Raises ``HTTPStatusError`` if it is wrong."""
        answer = await self.client.get("/api/v1/query", params={"query": expression})
        answer.raise_for_status()
        return len(answer.json()["data"]["result"])

    async def names(self) -> set[str]:
        answer = await self.client.get("/api/v1/label/__name__/values")
        return {*answer.json()["data"]}

    async def firing(self) -> set[str]:
        alerts = (await self.client.get("/api/v1/alerts")).json()["data"]["alerts"]
        return {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}

    async def is_firing(self, name: str) -> None:
        async def fires() -> bool:
            return name in await self.firing()

        await until(fires, PATIENCE_SECONDS)

    async def unhealthy_rules(self) -> list[str]:
        groups = (await self.client.get("/api/v1/rules")).json()["data"]["groups"]
        rules = [each for group in groups for each in group["rules"]]
        assert len(rules) > 10
        return [each["name"] for each in rules if each["health"] != "ok"]


@asynccontextmanager
async def prometheus(target: int) -> AsyncIterator[Monitored]:
    """Run Prometheus with our configuration, but for addresses and waits."""
    port = free_port()
    with own_folder(None) as folder:
        copytree(FOLDER / "prometheus", folder, dirs_exist_ok=True)
        (folder / "token").write_text(TOKEN, encoding="utf-8")
        _change(
            folder / "prometheus.yml",
            (r"(\w+_interval): 15s", r"\1: 1s"),
            (r"scrape_timeout: 5s", "scrape_timeout: 1s"),
            (r"/etc/prometheus/metrics-token", f"{folder}/token"),
            (r"api:8000", f"{HOST}:{target}"),
        )
        for rules in (folder / "rules").glob("*.rules.yml"):
            _change(rules, (r"for: \d+m", "for: 1s"))
        options = [f"--web.listen-address={HOST}:{port}", f"--storage.tsdb.path={folder}/data"]
        command = [debian("prometheus", "prometheus"), "--config.file=prometheus.yml", *options]
        async with daemon(folder, port, *command), client_of(port) as client:
            yield Monitored(client)


def _change(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for pattern, new in changes:
        text, found = re.subn(pattern, new, text)
        assert found, f"{path} has no {pattern}"
    path.write_text(text, encoding="utf-8")


async def put_under_load(service: Service) -> None:
    """Send requests of all kinds: good ones, conflicts, some for another host, and jobs.

    Each has a connection of its own: the server closes idle ones, perhaps while a request arrives.
    """
    url, limits = service.client.base_url, Limits(max_keepalive_connections=0)
    async with AsyncClient(base_url=url, limits=limits, timeout=60, trust_env=False) as client:

        async def ask(n: int) -> None:
            await client.post(THINGS, json={"name": f"{n // 2}"})
            await client.get(THINGS)

        await client.get(THINGS, headers={"Host": "elsewhere"})
        await client.post("/api/v1/entries", json={"name": "work"})
        for start in range(0, REQUESTS // 2, 50):
            await asyncio.gather(*map(ask, range(start, start + 50)))


def expressions_of(dashboard: str) -> Iterator[str]:
    """Yield the expressions of a dashboard, with its variables filled in."""
    job = JOB.findall((FOLDER / "prometheus/prometheus.yml").read_text(encoding="utf-8"))[0]
    values = {"$job": job, "$instance": ".*", "$__rate_interval": "30s"}
    for panel in json.loads(dashboard)["panels"]:
        for target in panel.get("targets", ()):
            expression: str = target["expr"]
            for variable, value in values.items():
                expression = expression.replace(variable, value)
            yield expression


def names_in(expression: str) -> set[str]:
    """Return the metrics that an expression names, also where it would hide that there are none."""
    for pattern in (r'"[^"]*"', r"'[^']*'", r"\{[^}]*\}", r"\b(by|on) \([^)]*\)"):
        expression = re.sub(pattern, "", expression)
    return {*re.findall(r"(?<!:)\b(?:[a-z]+_\w+|up)\b(?![(:])", expression)}
