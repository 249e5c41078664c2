"""Migrate the database, then serve, in one process: ``python -m src.serve [uvicorn's options]``.

For development. A deployment migrates in a separate step, and serves with ``--alone``.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

ALONE = "--alone"
"""Neither migrate nor run what capabilities bring beside the service."""


from src.core.signals import obey_from_now_on


def has_served() -> bool:
    """Return whether uvicorn only hands on the signal that it has obeyed."""
    app = getattr(sys.modules.get("src.main"), "app", None)
    return app is not None and app.state.service.drain.has_begun


if __name__ == "__main__":
    obey_from_now_on(unless=has_served)

import uvicorn
from sqlalchemy.exc import DBAPIError

from src.api.capability import settings_with
from src.capabilities import CAPABILITIES
from src.core.migrations import migrate
from src.core.remedies import in_one_line
from src.core.safety import refuse_hazards
from src.core.settings import Settings, read_settings


def main() -> None:
    settings = read_settings(settings_with(CAPABILITIES))
    options = [each for each in sys.argv[1:] if each != ALONE]
    arguments = ["src.main:app", "--http", "src.api.connections:Connection", *options]
    given = uvicorn.main.make_context("uvicorn", [*arguments], resilient_parsing=True).params
    workers = given.get("workers") or settings.web_concurrency
    refuse_hazards(settings.model_copy(update={"web_concurrency": workers}))
    # uvicorn reads this variable, but no file .env.
    os.environ.setdefault("WEB_CONCURRENCY", str(workers))
    if ALONE in sys.argv:
        uvicorn.main(arguments)
        return
    migrate_or_exit(settings)
    if not settings.in_production:  # which serves none
        print(f"\n  Docs  http://{given['host']}:{given['port']}/docs\n", flush=True)
    with companions_of(settings):
        uvicorn.main(arguments)


def migrate_or_exit(settings: Settings) -> None:
    try:
        migrate(settings.database_url)
    except DBAPIError as error:
        sys.exit(in_one_line(error, settings.database_url))


@contextmanager
def companions_of(settings: Settings) -> Iterator[None]:
    """Run what capabilities bring beside the service. They end with this process, however it ends."""
    modules = [module for each in CAPABILITIES if (module := each.companion(settings))]
    own_id = f"{os.getpid()}"
    processes = [
        subprocess.Popen([sys.executable, "-m", each, "--parent", own_id])  # noqa: S603  # our own
        for each in modules
    ]
    try:
        yield
    finally:
        for each in processes:
            each.terminate()


if __name__ == "__main__":
    main()
