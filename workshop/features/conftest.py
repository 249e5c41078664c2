from workshop.faults.conftest import servers, url

__all__ = ["servers", "url"]
