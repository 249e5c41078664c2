"""The number of worker processes, from the server's options, a variable or the file ``.env``."""

import multiprocessing
import os
import sys

from src.core.settings import Settings


def as_started(settings: Settings) -> Settings:
    """Return the settings with the true number of workers. Raises ``SystemExit``."""
    workers = _workers_of_server()
    if workers < settings.web_concurrency and "WEB_CONCURRENCY" not in os.environ:
        raise SystemExit(
            "WEB_CONCURRENCY has no effect in a file .env with this server: "
            "set it in the environment, or start python -m src.serve"
        )
    return settings.model_copy(update={"web_concurrency": workers})


def _workers_of_server() -> int:
    """Ask the server that has started this process; there is no public way with uvicorn."""
    if gunicorn := sys.modules.get("gunicorn.app.wsgiapp"):  # which only its command imports
        return int(gunicorn.WSGIApplication().cfg.workers)
    started_with = getattr(multiprocessing.current_process(), "_kwargs", {})
    config = started_with.get("config")  # uvicorn's, in a process that its supervisor has started
    return 1 if getattr(config, "reload", False) else int(getattr(config, "workers", 1))
