"""Imported first by each conftest, so that no test can reach the database of a person's work."""

import os

# Importing src.main builds the app of the environment: here one with nothing in it.
os.environ["DATABASE_URL"] = "sqlite://"
os.environ["ENVIRONMENT"] = "development"

from src.core.settings import Settings

# A test sees the settings that it gives, and none of a file .env or of the shell. The file has to
# be forgotten before the settings of capabilities are made of these.
Settings.model_config["env_file"] = None

from src.api.capability import settings_with
from src.capabilities import CAPABILITIES

for _name in {*settings_with(CAPABILITIES).model_fields} - {"database_url", "environment"}:
    os.environ.pop(_name.upper(), None)
