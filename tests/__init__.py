import os

import pytest

# Importing src.main builds the app from the environment: here with an empty database, and before
# any other file of the tests can import it.
os.environ["DATABASE_URL"] = "sqlite://"
os.environ["ENVIRONMENT"] = "development"

# Shows the values of a failed assert in these modules, as in a test module.
pytest.register_assert_rewrite("tests.api", "tests.contract")
