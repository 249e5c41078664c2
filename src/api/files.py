"""The files capability: contents of any size, in a folder or in S3."""

from src.api.capability import Capability
from src.api.routes import files as routes
from src.files.settings import FilesSettings

files = Capability(name="files", settings=FilesSettings, routers=[routes.router, routes.forms])
