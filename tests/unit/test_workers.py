"""The number of workers as the server understands it, whatever the settings say."""

import multiprocessing
import sys
from types import ModuleType, SimpleNamespace

import pytest
import uvicorn
from uvicorn._subprocess import get_subprocess

from src.core.settings import Settings
from src.core.workers import as_started


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)


def started(workers: int = 1) -> int:
    settings = {"database_url": "sqlite://", "web_concurrency": workers}
    return as_started(Settings.model_validate(settings)).web_concurrency


@pytest.mark.parametrize(("option", "workers"), [({"workers": 3}, 3), ({"reload": True}, 1)])
def test_process_of_uvicorns_supervisor_knows_their_number(
    monkeypatch: pytest.MonkeyPatch, option: dict[str, int], workers: int
) -> None:
    """Hold what the service reads of uvicorn beyond its public interface."""
    config = uvicorn.Config("src.main:app", log_config=None, **option)  # type: ignore[arg-type]
    process = get_subprocess(config, lambda: None, [])
    monkeypatch.setattr(multiprocessing, "current_process", lambda: process)

    assert started() == workers


def test_gunicorn_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    application = SimpleNamespace(cfg=SimpleNamespace(workers=3))
    module = ModuleType("gunicorn.app.wsgiapp")
    monkeypatch.setitem(sys.modules, "gunicorn.app.wsgiapp", module)
    monkeypatch.setattr(module, "WSGIApplication", lambda: application, raising=False)

    assert started() == 3


def test_process_without_a_supervisor_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "3")  # such as beside `--workers 1`

    assert started(3) == 1


def test_number_in_a_file_that_the_server_does_not_read_is_refused() -> None:
    with pytest.raises(SystemExit, match=r"WEB_CONCURRENCY has no effect in a file \.env"):
        started(3)
