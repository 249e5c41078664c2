"""The worker with the kinds of the proofs, for which no number of lost workers is too great."""

from unittest.mock import patch

from src import worker
from src.services import job_rescue
from workshop.jobs.kinds import HANDLERS

if __name__ == "__main__":
    job_rescue.LOSSES = 1_000_000
    with patch.object(worker, "found", lambda: HANDLERS):
        worker.main()
