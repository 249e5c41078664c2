"""The worker of gunicorn, as the page about deployment has it."""

from typing import Any, ClassVar

from uvicorn_worker import UvicornWorker  # type: ignore[import-untyped]  # the library lacks the types


class Worker(UvicornWorker):  # type: ignore[misc]  # as above
    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {"http": "src.api.connections:Connection"}
