from workshop.faults.conftest import postgres_only, servers, url

__all__ = ["postgres_only", "servers", "url"]
