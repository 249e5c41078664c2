"""Fixtures are in modules of ``tests/fixtures``, one per part of the service."""

import tests.environment  # noqa: F401  # before all else
from tests.fixtures import PLUGINS

pytest_plugins = PLUGINS
