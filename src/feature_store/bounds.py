"""Bounds of training sets, for those who do not import what computes, too."""

ENTITIES = 100_000
"""Most entities of the labels."""
DUCKDB_MEMORY = "512MB"
DISK = "4GB"
"""Most bytes of the disk that a join takes besides its files."""
