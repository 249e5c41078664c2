"""Joins labels with features outside of requests. Only children and notebooks import DuckDB."""
