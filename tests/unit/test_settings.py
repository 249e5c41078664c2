from pathlib import Path

import pytest
from pydantic import ValidationError

from src.core.settings import Settings, get_settings


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove all variables, and work in a folder without a file .env."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def uncached() -> None:
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("postgres://u:p@h:5/d", "postgresql+psycopg://u:p@h:5/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("sqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("sqlite+aiosqlite:////tmp/a.db", "sqlite+aiosqlite:////tmp/a.db"),
        ("sqlite://", "sqlite+aiosqlite://"),
    ],
)
def test_database_url_gets_the_driver_of_the_service(
    monkeypatch: pytest.MonkeyPatch, written: str, understood: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", written)

    url = get_settings().database_url

    assert url.render_as_string(hide_password=False) == understood


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://u:planted@h/d", "postgresql+asyncpg://u:planted@h/d"]
)
def test_other_urls_are_refused_with_advice(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(
        SystemExit, match=r"DATABASE_URL: write postgresql://.* or sqlite:///"
    ) as stop:
        get_settings()
    assert "planted" not in str(stop.value)


def test_all_missing_and_invalid_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "planted")

    with pytest.raises(SystemExit) as stop:
        get_settings()

    lines = str(stop.value).splitlines()
    assert lines[0] == "The settings are not usable:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "DATABASE_URL",
        "DATABASE_POOL_SIZE",
    ]
    assert "planted" not in str(stop.value)


def test_file_supplies_variables_missing_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "DATABASE_URL=sqlite:///file.db\nAPP_NAME=file\nOTHER=1\n", encoding="utf-8"
    )
    monkeypatch.setenv("APP_NAME", "environment")

    settings = get_settings()

    assert settings.app_name == "environment"
    assert settings.database_url.database == "file.db"


def test_settings_are_immutable() -> None:
    settings = Settings.model_validate({"database_url": "sqlite://"})

    with pytest.raises(ValidationError, match="frozen"):
        settings.app_name = "other"


def test_password_is_not_shown() -> None:
    settings = Settings.model_validate({"database_url": "postgresql://u:planted@h/d"})

    assert "planted" not in f"{settings!r} {settings.database_url}"


def test_production_is_the_default() -> None:
    assert Settings.model_validate({"database_url": "sqlite://"}).environment == "production"
