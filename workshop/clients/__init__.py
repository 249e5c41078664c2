"""Clients that people generate from the OpenAPI document, used against the running service."""
