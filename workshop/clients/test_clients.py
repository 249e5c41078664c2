"""Generated clients pass strict type checks, and live the whole life of a feature."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from workshop.clients.conftest import Running

HERE = Path(__file__).parent
TOOLS = Path(".venv-clients").absolute()
"""Made by the Makefile: a virtual environment, and Node's packages in ``node``."""
NODE = TOOLS / "node"
# The generator's own code disagrees with the types of httpx.
MYPY = "[mypy]\nstrict = true\n[mypy-service_client.client]\nignore_errors = true\n"


def run(*command: str | Path, folder: Path) -> str:
    finished = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        check=False,  # the output says more
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_python_client(running: Running, tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("post_hooks: []\n", encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(MYPY, encoding="utf-8")
    shutil.copy(HERE / "life.py", tmp_path)
    python = TOOLS / "bin/python"

    generate = ("-m", "openapi_python_client", "generate", "--path", running.document)
    options = ("--config", "config.yml", "--meta", "none", "--output-path", "service_client")
    run(python, *generate, *options, "--fail-on-warning", folder=tmp_path)
    run(sys.executable, "-m", "mypy", "--python-executable", python, "life.py", folder=tmp_path)

    assert run(python, "life.py", *running.arguments, folder=tmp_path) == "lived\n"
    models = {path.stem for path in (tmp_path / "service_client/models").glob("*.py")}
    assert {"problem", "project_response", "page_project_response"} < models
    # Such names are given to parts that the document does not name; one has a field `body`.
    models.remove("document_update_body")
    assert not [name for name in models if re.search(r"response_default|response_\d|body", name)]


def test_typescript_client(running: Running, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
    for name in ("life.ts", "package.json", "tsconfig.json"):
        shutil.copy(HERE / name, tmp_path)
    programs = tmp_path / "node_modules/.bin"

    # By default it requires what has a default, in requests, too.
    options = ("-o", "schema.ts", "--default-non-nullable=false")
    run(programs / "openapi-typescript", running.document, *options, folder=tmp_path)
    run(programs / "tsc", folder=tmp_path)

    assert run("node", "life.js", *running.arguments, folder=tmp_path) == "lived\n"


def test_every_class_is_named_in_the_document(running: Running) -> None:
    """A client whose classes double is noticed: each operation has hardly more than one of its own."""
    document = json.loads(running.document.read_text(encoding="utf-8"))
    operations = sum(map(len, document["paths"].values()))

    assert len(document["components"]["schemas"]) < 1.5 * operations
