"""The generator of features: a development tool that the service never imports."""
