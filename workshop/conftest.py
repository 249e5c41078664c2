"""Everything here is proved with the fixtures of the suite."""

pytest_plugins = ["tests.conftest"]
