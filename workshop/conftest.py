from tests.fixtures import PLUGINS

pytest_plugins = PLUGINS
