"""Fixtures are in modules of ``tests/fixtures``, one per part of the service."""

import os

# A conftest.py below may import the service before `tests.environment` does.
os.environ["DATABASE_URL"] = "sqlite://"
os.environ["ENVIRONMENT"] = "development"

pytest_plugins = ["tests.fixtures"]
