"""Proofs here use the fixtures of the suite."""

pytest_plugins = ["tests.fixtures"]
