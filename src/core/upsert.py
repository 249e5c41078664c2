from sqlalchemy.dialects.postgresql import insert

upsert = insert
"""An INSERT with ON CONFLICT for both databases: SQLite understands PostgreSQL's syntax."""
