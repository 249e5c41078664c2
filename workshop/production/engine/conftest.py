from collections.abc import Iterator

import pytest

from workshop.production.engine.docker import Docker, engine


@pytest.fixture(scope="session")
def docker() -> Iterator[Docker]:
    """An engine with our images, built from this tree."""
    with engine() as docker:
        for name in ("api", "worker"):
            tag = "sqlmodel-service" + ("-worker" if name == "worker" else "")
            docker.build(f"ops/docker/{name}/Dockerfile", tag, version="proof")
        yield docker
