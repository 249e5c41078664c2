import pytest

# A failed assert in these shows its values, as one in a test module does.
pytest.register_assert_rewrite("tests.api", "tests.contract")
