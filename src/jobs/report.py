from collections.abc import Callable


class Report:
    """Tells the worker what happens in a child process. What is told has to be JSON."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell

    def __call__(
        self, done: float | None = None, total: float | None = None, message: str | None = None
    ) -> None:
        """Tell the progress."""
        self._tell(progress=[done, total, message])

    def news(self, **members: object) -> None:
        """Tell what the kind of the job listens for."""
        self._tell(news=members)
