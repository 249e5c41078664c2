"""Numbers and names in ops/ that follow from the code: times of a stop, connections, settings."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # the library lacks the types

from src.core.readiness import READY_SECONDS
from src.core.settings import Settings

K8S = Path("ops/k8s")
DRIVER_SECONDS = 10
"""How long a call may hang after its deadline while a network swallows packets."""
SPARE_SECONDS = 5
BESIDE_POOLS = 2
"""Connections of an API process besides those of its pools: a probe, and one that listens."""
USABLE = 0.8
"""Share of the server's connections that the service may have."""

type Document = dict[str, Any]


def read(path: str) -> Document:
    document: Document = yaml.safe_load((K8S / path).read_text(encoding="utf-8"))
    return document


def pod_of(path: str) -> Document:
    pod: Document = read(path)["spec"]["template"]["spec"]
    return pod


def settings() -> Settings:
    """Return the settings of the API as Kubernetes gives them."""
    lines = (K8S / "base/settings.env").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    named = {name.lower(): value for name, value in given.items()}
    return Settings.model_validate({"database_url": "sqlite://", **named})


def option(words: list[str], name: str) -> float:
    return float(words[words.index(name) + 1])


def command_of_image(name: str = "api") -> list[str]:
    text = Path(f"ops/docker/{name}/Dockerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^CMD \[(.*?)\]$", text, re.MULTILINE | re.DOTALL)
    return re.findall(r'"([^"]*)"', command)


def test_a_stop_has_the_time_that_it_may_take() -> None:
    graceful = option(command_of_image(), "--timeout-graceful-shutdown")
    needed = settings().drain_seconds + graceful + DRIVER_SECONDS + SPARE_SECONDS

    assert pod_of("base/deployment.yaml")["terminationGracePeriodSeconds"] == needed
    assert graceful > settings().request_deadline


def test_drain_outlasts_the_readiness_probe() -> None:
    (container,) = pod_of("base/deployment.yaml")["containers"]
    probe = container["readinessProbe"]

    assert probe["timeoutSeconds"] > READY_SECONDS
    # Then the endpoints have to hear of it, and the proxies.
    assert settings().drain_seconds >= probe["periodSeconds"] * probe["failureThreshold"] + 5


def test_one_process_per_pod() -> None:
    assert settings().web_concurrency == 1


def connections_of_api() -> int:
    most: int = read("overlays/production/scaling.yaml")["spec"]["maxReplicas"]
    return most * (2 * settings().database_pool_size + BESIDE_POOLS)


def cluster() -> Document:
    text = Path("ops/postgres/cluster.yaml").read_text(encoding="utf-8")
    found: list[Document] = [*yaml.safe_load_all(text)]
    return next(each for each in found if each["kind"] == "Cluster")


def connections_of_server() -> int:
    return int(cluster()["spec"]["postgresql"]["parameters"]["max_connections"])


def test_policies_of_the_service_leave_the_database_alone() -> None:
    """They choose all pods of their namespaces, and nobody may call those."""
    overlays = ("overlays/staging", "overlays/production")
    closed = {read(f"{each}/kustomization.yaml")["namespace"] for each in overlays}

    assert cluster()["metadata"]["namespace"] not in closed


def test_all_pods_of_a_rollout_find_connections() -> None:
    """Old pods still end while the new ones serve."""
    assert 2 * connections_of_api() <= USABLE * connections_of_server()


@pytest.mark.parametrize("name", ["api"])
def test_images_are_started_by_a_module_of_the_service(name: str) -> None:
    text = Path(f"ops/docker/{name}/Dockerfile").read_text(encoding="utf-8")
    (module,) = re.findall(
        r'^CMD \["env", "--block-signal=TERM", "python", "-m", "([\w.]+)"', text, re.MULTILINE
    )

    assert Path(f"{module.replace('.', '/')}.py").exists()


class Alive(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()


def test_health_check_of_the_image_goes_past_proxies() -> None:
    text = Path("ops/docker/api/Dockerfile").read_text(encoding="utf-8")
    (code,) = re.findall(r'^ +\["python", "-c", "(.*)"\]$', text, re.MULTILINE)
    proxies = {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}  # where nobody listens
    with HTTPServer(("127.0.0.1", 0), Alive) as server, ThreadPoolExecutor(1) as thread:
        server.timeout = 10
        thread.submit(server.handle_request)
        here = code.replace("8000", f"{server.server_port}")
        asked = subprocess.run(
            [sys.executable, "-c", here], env=os.environ | proxies, check=False, timeout=60
        )

    assert asked.returncode == 0


def test_extras_of_the_image_are_locked_with_all_that_they_need() -> None:
    """The image installs without looking for what is missing."""
    workflow = Path(".github/workflows/cd.yml").read_text(encoding="utf-8")
    names = re.findall(r"^ +EXTRAS=([\w.-]+)$", workflow, re.MULTILINE)
    runtime, locked = (
        {*re.findall(r"^([\w.-]+)==", Path(path).read_text(encoding="utf-8"), re.MULTILINE)}
        for path in ("requirements.txt", "requirements-dev.txt")
    )

    assert {*names} <= locked - runtime


def test_page_names_what_is_there() -> None:
    page = Path("docs/operations.md").read_text(encoding="utf-8")
    paths = {*re.findall(r"ops/[\w./*-]*\w", page)} - {"ops/local/.env"}  # which a call writes
    for first in re.findall(r"^\| (.*?) \|", page, re.MULTILINE):
        paths |= {f".github/workflows/{name}" for name in re.findall(r"`(\w+\.yml)`", first)}
    targets = {*re.findall(r"make -C (ops/\w+) (\w+)", page)}

    assert paths
    assert targets
    assert [path for path in paths if not [*Path().glob(path)]] == []
    for folder, target in targets:
        assert re.search(rf"^{target}:", Path(folder, "Makefile").read_text("utf-8"), re.MULTILINE)
