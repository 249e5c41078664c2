import pytest

from src.core.safety import refuse_hazards
from src.core.settings import Settings

SAFE = {
    "environment": "production",
    "allowed_hosts": ["api.example.com"],
    "database_url": "postgresql://user:Zx81-long-and-random@db.example.com/db?sslmode=verify-full",
}
FOLDER = "DATABASE_URL has to name a file in a folder that exists"
PASSWORD = "DATABASE_URL has a password that is guessed first"  # noqa: S105


@pytest.mark.parametrize(
    "settings",
    [
        SAFE,
        SAFE | {"database_url": "postgresql://127.0.0.1/db"},
        SAFE | {"database_url": "sqlite:////tmp/service.db"},
        SAFE | {"web_concurrency": 4},
        SAFE | {"cors_origins": ["https://app.example.com"], "cors_credentials": True},
        {"environment": "development", "database_url": "sqlite://", "log_level": "DEBUG"},
    ],
)
def test_safe_settings_are_accepted(settings: dict[str, object]) -> None:
    refuse_hazards(Settings.model_validate(settings))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"log_level": "DEBUG"}, "LOG_LEVEL=DEBUG"),
        ({"database_echo": True}, "DATABASE_ECHO"),
        ({"allowed_hosts": ["*"]}, r"ALLOWED_HOSTS=\* accepts"),
        ({"cors_origins": ["*"]}, r"CORS_ORIGINS=\* lets every web site read"),
        ({"cors_origins": ["http://app.example.com"]}, "CORS_ORIGINS with http://"),
        ({"cors_origins": ["*"], "cors_credentials": True}, r"CORS_ORIGINS=\* with CORS_CRED"),
        ({"cors_credentials": True}, "CORS_CREDENTIALS has no effect"),
        ({"database_url": "sqlite://"}, "DATABASE_URL in memory"),
        ({"database_url": "sqlite:////no/such/folder/a.db"}, FOLDER),
        ({"database_url": "sqlite:///~/a.db"}, FOLDER),
        ({"database_url": f"sqlite:///{'x' * 5000}/a.db"}, FOLDER),
        ({"database_url": "postgresql://u:changeme@localhost/db"}, PASSWORD),
        ({"database_url": "postgresql://u:postgres@localhost/db"}, PASSWORD),
        ({"database_url": "postgresql://u:long-one@db.example.com/db"}, "choose its TLS"),
        ({"database_url": "sqlite:///a.db", "web_concurrency": 2}, "WEB_CONCURRENCY above 1"),
        ({"request_deadline": 7}, "REQUEST_DEADLINE has to exceed"),
    ],
)
def test_hazard_is_refused_with_its_reason(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(SystemExit, match=reason):
        refuse_hazards(Settings.model_validate(SAFE | changes))


def test_all_hazards_are_named_at_once() -> None:
    settings = Settings.model_validate(SAFE | {"log_level": "DEBUG", "database_echo": True})

    with pytest.raises(SystemExit) as stop:
        refuse_hazards(settings)

    lines = str(stop.value).splitlines()
    assert lines[0] == "The settings are not safe:"
    assert len(lines) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"cors_origins": ["*"], "cors_credentials": True},
        {"web_concurrency": 2},
        {"request_deadline": 7},
    ],
)
def test_some_hazards_are_refused_in_development_too(changes: dict[str, object]) -> None:
    with pytest.raises(SystemExit):
        refuse_hazards(Settings.model_validate({"database_url": "sqlite:///a.db"} | changes))
