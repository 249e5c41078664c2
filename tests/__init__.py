"""The suite. Importing it ensures that no test can reach a developer's own database."""

import os

import pytest

# Shows the values of a failed assert in these modules, as in a test module.
pytest.register_assert_rewrite("tests.api", "tests.contract")

# Importing src.main builds the app from the environment: here with an empty database.
os.environ["DATABASE_URL"] = "sqlite://"
os.environ["ENVIRONMENT"] = "development"

from src.core.settings import Settings

# A test sees only the settings that it gives, none from a file .env or the shell. The file must be
# unset before the capabilities' settings inherit this configuration.
Settings.model_config["env_file"] = None

from src.api.capability import settings_with
from src.capabilities import CAPABILITIES

ServiceSettings = settings_with(CAPABILITIES)
for _name in {*ServiceSettings.model_fields} - {"database_url", "environment"}:
    os.environ.pop(_name.upper(), None)
