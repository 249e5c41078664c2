import pytest

# Shows the values of a failed assert in these modules, as in a test module.
pytest.register_assert_rewrite("tests.api", "tests.contract")
