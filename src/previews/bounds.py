"""What a preview may take and show."""

MEMORY_BYTES = 2_147_483_648
"""Address space of the child process, of which it uses much less."""
DATABASE_BYTES = 268_435_456
"""Memory in which DuckDB works; then it uses the disk."""
DISK_BYTES = 2_000_000_000
"""Disk that DuckDB, or a copy of the text in UTF-8, may take."""
SECONDS = 180
HEAD_BYTES = 1_048_576
"""Of a text, from which its format is found. No line may be longer."""
PREVIEW_BYTES = 65_536
"""The most that a JSON column takes."""
MOST_COLUMNS = 2_000
SHOWN_COLUMNS = 100
SHOWN_ROWS = 20
SHOWN_CHARACTERS = 100
TOP_VALUES = 5
FEW_VALUES = 1_000
"""Different values of a column up to which those of a large file are counted one by one."""
COUNTED_BYTES = 16_000_000
"""Size up to which values are counted exactly; beyond it, by estimates that need little memory."""
CHECKED_LINES = 1_000_000
"""Lines of JSON among which a wrong one is searched."""
PROFILED_BYTES = 1_100_000_000
PROFILED_VALUES = 200_000_000
"""The most that a profile reads; of a larger file, the first rows."""
