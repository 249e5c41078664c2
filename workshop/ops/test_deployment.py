"""The targets of ops/k8s/Makefile, with kubectl and the others replaced by scripts that take notes."""

import json
import os
from pathlib import Path

import pytest

from workshop.ops.programs import Done, copy_of, kustomize

DIGEST = f"sha256:{'ab' * 32}"
WORDS = ["OVERLAY=staging", "IMAGES=registry.example.com/team", "REVISION=1a2b3c4d5e"]
MAKE = ["/usr/bin/make", "--no-print-directory", "-C", "ops/k8s"]


class Cluster:
    """Programs in a folder of their own, and what they were called with."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._notes = folder, folder / "notes"
        self._notes.touch()
        for name in ("kubectl", "docker", "gh", "curl"):
            self.answer(name, "")
        self.answer("docker", f"echo {DIGEST}")
        (folder / "kustomize").symlink_to(kustomize())

    def answer(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self._notes}\n{script}\n', "utf-8")
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self._notes.read_text(encoding="utf-8").splitlines()

    def make(self, root: Path, *words: str, **variables: str) -> Done:
        path = f"{self.folder}:/usr/bin:/bin"
        return Done(*MAKE, *WORDS, *words, folder=root, PATH=path, **variables)


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


def test_migration_is_awaited_before_the_rollout(cluster: Cluster) -> None:
    with copy_of("ops/k8s") as root:
        done = cluster.make(root, "deploy")
        folder = root / "ops/k8s/overlays/staging"
        built = [Done(kustomize(), "build", each).output for each in (folder, folder / "migration")]

    assert done.is_content, done
    kubectl = "kubectl --namespace sqlmodel-service-staging"
    assert [call for call in cluster.calls if call.startswith("kubectl")] == [
        f"{kubectl} delete job/migration-1a2b3c4 --ignore-not-found",
        "kubectl apply --kustomize overlays/staging/migration",
        f"{kubectl} wait --for=condition=complete --timeout=600s job/migration-1a2b3c4",
        "kubectl apply --kustomize overlays/staging",
        f"{kubectl} rollout status --timeout=240s deployment/api",
        f"{kubectl} rollout status --timeout=240s deployment/worker",
    ]
    assert f"image: registry.example.com/team/sqlmodel-service@{DIGEST}" in built[0]
    assert f"image: registry.example.com/team/sqlmodel-service-worker@{DIGEST}" in built[0]
    assert f"image: registry.example.com/team/sqlmodel-service@{DIGEST}" in built[1]
    assert "name: migration-1a2b3c4\n" in built[1]


@pytest.mark.parametrize("failing", ["wait", "overlays/staging/migration", "rollout"])
def test_failure_stops_the_deployment(cluster: Cluster, failing: str) -> None:
    cluster.answer("kubectl", f'case "$*" in *{failing}*) exit 1;; esac')
    with copy_of("ops/k8s") as root:
        assert not cluster.make(root, "deploy").is_content

    assert failing in cluster.calls[-1]


def test_image_that_is_not_there_stops_the_deployment(cluster: Cluster) -> None:
    cluster.answer("docker", "exit 1")
    with copy_of("ops/k8s") as root:
        assert not cluster.make(root, "deploy").is_content

    assert not [call for call in cluster.calls if call.startswith("kubectl")]


def undone(cluster: Cluster) -> list[str]:
    return [call.rpartition("/")[2] for call in cluster.calls if " rollout undo " in call]


RUNS = 'case "$*" in *"get deployment/{}"*) echo team/image@{};; *get*) echo team/image@sha256:0;; esac'


@pytest.mark.parametrize("name", ["api", "worker"])
def test_only_pods_that_the_deployment_has_reached_are_rolled_back(
    cluster: Cluster, name: str
) -> None:
    """Pods of the version before would go back to the one before theirs."""
    cluster.answer("kubectl", RUNS.format(name, DIGEST))
    with copy_of("ops/k8s") as root:
        assert cluster.make(root, "images").is_content
        assert cluster.make(root, "undo").is_content

    assert undone(cluster) == [name]


def test_failure_before_the_rollout_rolls_nothing_back(cluster: Cluster) -> None:
    cluster.answer("docker", "exit 1")
    cluster.answer("kubectl", RUNS.format("api", DIGEST))
    with copy_of("ops/k8s") as root:
        assert not cluster.make(root, "deploy").is_content
        assert cluster.make(root, "undo").is_content

    assert undone(cluster) == []


def test_person_rolls_all_pods_back(cluster: Cluster) -> None:
    with copy_of("ops/k8s") as root:
        assert cluster.make(root, "undo", "REVISION=").is_content

    assert undone(cluster) == ["api", "worker"]


def test_images_of_others_are_refused(cluster: Cluster) -> None:
    with copy_of("ops/k8s") as root:
        assert cluster.make(root, "verify", GITHUB_REPOSITORY="team/service").is_content
        cluster.answer("gh", "exit 1")
        assert not cluster.make(root, "verify", GITHUB_REPOSITORY="team/service").is_content

    assert "sqlmodel-service:1a2b3c4d5e --repo team/service" in cluster.calls[0]


def test_service_that_does_not_answer_fails_the_smoke_test(cluster: Cluster) -> None:
    with copy_of("ops/k8s") as root:
        assert cluster.make(root, "smoke", SERVICE_URL="https://api.example.com").is_content
        cluster.answer("curl", "exit 22")
        assert not cluster.make(root, "smoke", SERVICE_URL="https://api.example.com").is_content

    assert cluster.calls[0].endswith(" https://api.example.com/health/ready")


def test_kubectl_gets_a_token_of_the_run(cluster: Cluster) -> None:
    cluster.answer("curl", """printf '{"count": 9, "value": "a.b.c"}'""")
    path = f"{cluster.folder}:/usr/bin:/bin"
    done = Done(
        os.path.abspath("ops/k8s/github-token"),
        PATH=path,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN="t",  # noqa: S106
        ACTIONS_ID_TOKEN_REQUEST_URL="https://x?a=1",  # noqa: S106
    )

    assert json.loads(done.output)["status"] == {"token": "a.b.c"}
    assert cluster.calls[0].endswith(
        "--header Authorization: bearer t https://x?a=1&audience=kubernetes"
    )


def test_cluster_is_known_by_its_address_and_certificate(cluster: Cluster) -> None:
    lines = "-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----"
    given = {"CLUSTER_URL": "https://k8s.example.com", "CLUSTER_CA": lines}
    with copy_of("ops/k8s") as root:
        assert cluster.make(root, "cluster", **given).is_content
        assert (root / "ops/k8s/ca.pem").read_text("utf-8") == f"{lines}\n"

    assert "--server=https://k8s.example.com" in cluster.calls[0]
    assert "/github-token" in cluster.calls[1]
