"""What `make worker` installs."""

from src.jobs.handlers import found, missing_packages


def test_worker_can_run_jobs_of_all_kinds() -> None:
    assert [name for name, each in found().items() if missing_packages(each.kind)] == []
