"""The previews capability: what the data in a file look like."""

from src.api.capability import Capability
from src.api.routes import previews as routes

previews = Capability(name="previews", routers=[routes.router])
