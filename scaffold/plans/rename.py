"""The project's name, everywhere it stands."""

import re
from typing import NamedTuple

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.errors import RefusedError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,58}[A-Za-z0-9]")


class Place(NamedTuple):
    path: str
    """A path, or a pattern of paths: each file that there is has the name."""
    pattern: str
    """Its one group is the name; it may be there more than once."""
    is_slug: bool = False


_SLUG = r"([a-z0-9-]+?)"

PLACES = [
    Place("pyproject.toml", r'^name = "(.*)"$', is_slug=True),
    Place("requirements.txt", r"(\S+) \(pyproject\.toml\)$", is_slug=True),
    Place("README.md", r"\A# (.*)$"),
    Place("scaffold/blank/README.md", r"\A# (.*)$"),
    Place("ops/k8s/*/kustomization.yaml", rf"app\.kubernetes\.io/name: {_SLUG}$", is_slug=True),
    Place("ops/k8s/migration/namespace.yaml", rf"^  name: {_SLUG}$", is_slug=True),
    Place("ops/k8s/*/deployment.yaml", rf" image: {_SLUG}(?:-worker)?$", is_slug=True),
    Place("ops/k8s/migration/job.yaml", rf" image: {_SLUG}$", is_slug=True),
    Place("ops/k8s/files/purge.yaml", rf" image: {_SLUG}$", is_slug=True),
    Place(
        "ops/k8s/overlays/**/kustomization.yaml",
        rf"^namespace: {_SLUG}-(?:staging|production)$",
        is_slug=True,
    ),
    Place(
        "ops/k8s/overlays/**/kustomization.yaml", rf"{{name: {_SLUG}(?:-worker)?, ", is_slug=True
    ),
    Place("ops/k8s/Makefile", rf"^NAMES .?= {_SLUG}(?:-worker)?$", is_slug=True),
    Place("ops/k8s/Makefile", rf"^NAMESPACE = {_SLUG}-\$", is_slug=True),
    Place("ops/local/compose.yml", rf"^name: {_SLUG}$", is_slug=True),
    Place("ops/local/compose.yml", rf"^    image: {_SLUG}$", is_slug=True),
    Place("ops/local/compose.files.yml", rf"^    image: {_SLUG}$", is_slug=True),
    Place("ops/local/compose.worker.yml", rf"^    image: {_SLUG}-worker$", is_slug=True),
    Place("ops/postgres/cluster.yaml", rf"(?:: |-rw\.){_SLUG}-database$", is_slug=True),
    Place("docs/operations.md", rf"kubectl -n {_SLUG}-staging ", is_slug=True),
    Place("docs/runbook.md", rf"--namespace {_SLUG}-database ", is_slug=True),
    Place("ops/monitoring/prometheus/prometheus.yml", rf"job_name: {_SLUG}$", is_slug=True),
    Place(
        "ops/monitoring/prometheus/rules/*.yml", rf'\bjob(?:="|: ){_SLUG}(?=["}},])', is_slug=True
    ),
    Place("ops/monitoring/grafana/dashboards/*.json", r'^  "title": "(.*)",$'),
    Place(".github/workflows/cd.yml", rf"^ +image: {_SLUG}(?:-worker)?$", is_slug=True),
    Place(
        "scaffold/capabilities/operations.toml",
        rf"(?:image: |NAMES .= |name: ){_SLUG}-worker\b",
        is_slug=True,
    ),
    Place("docs/configuration.md", r"^\| `APP_NAME` \| `(.*?)` \|"),
    Place("src/core/settings.py", r'^    app_name: .* = "(.*)"$'),
]


def to_rename(tree: Tree, name: str) -> Plan:
    if not NAME.fullmatch(name):
        raise RefusedError(
            f"{name}: a name has up to 60 letters, digits, spaces, and . _ - in between."
        )
    slug = re.sub(r"[ ._-]+", "-", name).lower()
    texts: dict[str, str] = {}
    for paths, pattern, is_slug in PLACES:
        for found in sorted(tree.root.glob(paths)):
            path = str(found.relative_to(tree.root))
            text = texts.get(path) or tree.read(path)
            if not re.search(pattern, text, re.MULTILINE):
                raise RefusedError(f"{path}: put back the line of the name, such as {pattern}")
            texts[path] = _replaced(pattern, text, slug if is_slug else name)
    return {**texts}


def _replaced(pattern: str, text: str, name: str) -> str:
    def renamed(match: re.Match[str]) -> str:
        before, after = match.start(1) - match.start(), match.end(1) - match.start()
        return match[0][:before] + name + match[0][after:]

    return re.sub(pattern, renamed, text, flags=re.MULTILINE)
