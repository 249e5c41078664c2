"""Bounds of child processes, for those who do not import what computes, too."""

ROWS = 1_000_000
"""Most rows of a data file."""
CELLS = 20_000_000
"""Most values of a data file."""
NAMES_BYTES = 40_000
"""Most bytes of the names of all columns, which are kept with a model."""
DUCKDB_MEMORY = "512MB"
CATEGORIES = 200
"""Most texts of a column that are told apart when it is encoded; rarer ones are taken together."""
CLASSES = 200
"""Most different values that a classifier tells apart."""
STAGES = 10
"""Most points of a curve: at each of them the model is measured."""
WARNINGS = 20
"""Most warnings that are kept."""
MODELS = 4
"""The models that a child keeps for predictions, the latest ones."""
