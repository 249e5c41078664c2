"""Events of the service that a capability can count."""


class Observer:
    """Ignores every event. A capability overrides the methods of the events that it counts."""

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note a request that has ended; ``route`` is the path's template."""

    def requests_changed(self, change: int) -> None:
        """Note a change of the number of requests that are not answered yet, streams included."""

    def streamed(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note, in place of `answered`, a request whose length is its client's choice."""

    def streams_changed(self, change: int) -> None:
        """Note a change of the number of answers that wait for news."""

    def replayed(self) -> None:
        """Note a POST that got the stored answer of the first one with its key."""

    def refused(self, reason: str) -> None:
        """Note a request that was given up or refused unread, by its reason: ``queue``, ``busy``,
        ``away``, ``streams``, ``deadline``, ``stopping``, ``body``, ``host`` or a capability's.
        """

    def failed(self, error: Exception) -> None:
        """Note an error from the database, conflicts included."""

    def pool_changed(self, pool: str, state: str, change: int) -> None:
        """Note a change of a pool's connections in a state: ``size``, ``used`` or ``awaited``."""

    def waited(self, pool: str, seconds: float) -> None:
        """Note how long a caller waited for a connection, unless one was free."""

    def connected(self, pool: str, outcome: str) -> None:
        """Note a new connection to the database, by its outcome: ``opened`` or ``failed``."""

    def measured(self, name: str, value: float, /, **labels: str) -> None:
        """Note a value that a capability measures now and then, by its name and labels."""

    def counted(self, name: str, count: int, /, **labels: str) -> None:
        """Note how many more of something a capability has done."""

    def timed(self, name: str, seconds: float, /, **labels: str) -> None:
        """Note how long something of a capability took."""

    def fell_back(self, reason: str) -> None:
        """Note a read that the primary served, since the replica was ``behind`` or ``away``."""
