class JobError(Exception):
    """Ends a job as failed. Its owner reads the code and the reason."""

    def __init__(self, code: str, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason
        self.again = again
        """Whether another attempt may succeed."""


UNEXPECTED = JobError(
    "unexpected",
    "The job failed unexpectedly: retry it. If it fails again, the log of the worker has the reason"
    " beside the job's id.",
    again=True,
)
"""What its owner is told of any other exception, which is logged."""


class ChildError(Exception):
    """An exception in a child process, with its traceback."""
