"""Migrate the database, then serve, in one process: ``python -m src.serve [uvicorn's options]``.

For development. A deployment migrates in a separate step and starts uvicorn itself.
"""

import os
import signal
import sys


def end(number: int, _: object) -> None:
    """End at once, before the service serves; afterwards uvicorn hands on the signal it has obeyed.

    Process 1 of a container ignores a signal without a handler, and the imports below take seconds.
    """
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    app = getattr(sys.modules.get("src.main"), "app", None)  # only process 1 comes here
    if app is None or not app.state.service.drain.has_begun:
        os._exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)

import uvicorn
from sqlalchemy.exc import DBAPIError

from src.api.capability import settings_with
from src.capabilities import CAPABILITIES
from src.core.migrations import migrate
from src.core.remedies import in_one_line
from src.core.safety import refuse_hazards
from src.core.settings import read_settings


def main() -> None:
    settings = read_settings(settings_with(CAPABILITIES))
    arguments = ["src.main:app", "--http", "src.api.connections:Connection", *sys.argv[1:]]
    given = uvicorn.main.make_context("uvicorn", [*arguments], resilient_parsing=True).params
    workers = given.get("workers") or settings.web_concurrency
    refuse_hazards(settings.model_copy(update={"web_concurrency": workers}))
    # uvicorn reads this variable, but no file .env.
    os.environ.setdefault("WEB_CONCURRENCY", str(workers))
    try:
        migrate(settings.database_url)
    except DBAPIError as error:
        sys.exit(in_one_line(error, settings.database_url))
    uvicorn.main(arguments)


if __name__ == "__main__":
    main()
