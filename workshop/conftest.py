"""Proofs here use the fixtures of the suite."""

import tests.environment  # noqa: F401  # before all else

pytest_plugins = ["tests.fixtures"]
