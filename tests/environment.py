"""Imported before all other modules, so that no test can reach a developer's own database."""

import logging
import os
import sys

# Importing src.main builds the app from the environment: here with an empty database.
os.environ["DATABASE_URL"] = "sqlite://"
os.environ["ENVIRONMENT"] = "development"

from src.core.settings import Settings

# A test sees only the settings that it gives, none from a file .env or the shell. The file must be
# unset before the capabilities' settings inherit this configuration.
Settings.model_config["env_file"] = None

from src.api.capability import settings_with
from src.capabilities import CAPABILITIES

# httpx looks for this module at each request, and a failing import is slow.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # means "cannot be imported"
for _noisy in ("httpx", "alembic.runtime"):
    logging.getLogger(_noisy).setLevel("WARNING")

for _name in {*settings_with(CAPABILITIES).model_fields} - {"database_url", "environment"}:
    os.environ.pop(_name.upper(), None)
