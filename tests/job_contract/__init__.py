"""What every kind of jobs keeps that a request starts.

The test class of a kind states its facts and inherits the tests. A rule of the kind is a method below
the facts; an exception overrides a test.
"""

from tests.contract.facts import leave_out
from tests.job_contract.running import Running
from tests.job_contract.starting import Starting

__all__ = ["JobContract"]


class JobContract(Starting, Running):
    def __init_subclass__(cls) -> None:
        leave_out(cls)
