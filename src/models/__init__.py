"""Importing any table imports all of them, so that every reference between them is known."""

from src.models.idempotency import IdempotentAnswer
from src.models.project import Project

__all__ = ["IdempotentAnswer", "Project"]
