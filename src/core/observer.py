"""Events of the service that a capability can count."""


class Observer:
    """Ignores every event. A capability overrides the methods of the events that it counts."""

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note a request that has ended; ``route`` is the path's template."""

    def refused(self, reason: str) -> None:
        """Note a request that was given up or refused unread, by its reason: ``queue``, ``busy``,
        ``away``, ``deadline``, ``stopping``, ``body`` or ``host``.
        """

    def failed(self, error: Exception) -> None:
        """Note an error from the database, conflicts included."""

    def pool_changed(self, pool: str, state: str, change: int) -> None:
        """Note a change of a pool's connections in a state: ``size``, ``used`` or ``awaited``."""

    def fell_back(self, reason: str) -> None:
        """Note a read that the primary served, since the replica was ``behind`` or ``away``."""
