"""Fixtures are in modules of ``tests/fixtures``, one per part of the service."""

pytest_plugins = ["tests.fixtures"]
