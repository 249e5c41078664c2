class RefusedError(Exception):
    """Nothing was changed. The message says why, and what to do."""


class SpecError(ValueError):
    """The feature or field cannot be made. The message says why, and what can."""
