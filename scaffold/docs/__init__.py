"""The tables of README and docs/ that are written from the code."""

from scaffold.docs.pages import pages, write_tables

__all__ = ["pages", "write_tables"]
