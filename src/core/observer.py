"""Events of the service, for those who count them."""


class Observer:
    """Ignores every event. A capability that counts some overrides their methods."""

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answered request; ``route`` is the path's template."""

    def failed(self, error: Exception) -> None:
        """Note what the database refused, conflicts included."""

    def pool_changed(self, pool: str, state: str, change: int) -> None:
        """Note connections that enter or leave a state: open, used, or awaited by a caller."""
