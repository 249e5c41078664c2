"""Fixtures live in modules of ``tests/fixtures``, one per part of the service."""

from tests.fixtures import PLUGINS

pytest_plugins = PLUGINS
