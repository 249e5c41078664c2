from sqlalchemy.dialects.postgresql import insert

upsert = insert
"""Writes ON CONFLICT for both databases: SQLite understands PostgreSQL's syntax."""
