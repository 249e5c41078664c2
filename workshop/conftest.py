"""Proofs here use the fixtures of the suite."""

import tests.environment  # noqa: F401  # before all else
from tests.fixtures import PLUGINS

pytest_plugins = PLUGINS
