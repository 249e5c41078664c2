class JobError(Exception):
    """Ends a job as failed. Its owner reads the code and the reason."""

    def __init__(self, code: str, reason: str, *, again: bool = False) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason
        self.again = again
        """Whether another attempt may succeed."""


UNEXPECTED = JobError(
    "unexpected", "The job failed for a reason that only the log has.", again=True
)
