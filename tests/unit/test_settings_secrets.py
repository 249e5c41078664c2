"""No message about a setting contains a part of its value, however that is written."""

import pytest

from src import serve
from src.api.capability import settings_with
from src.capabilities import CAPABILITIES

Joined = settings_with(CAPABILITIES)
SECRET = "Planted7"  # noqa: S105
SHAPES = [
    "{}",
    "'{}'",
    '"{}',
    " {} ",
    "{}\x01",
    "{}\udcff",
    "5{}",
    "5 # {}",
    "https://{}@host/",
    "*,{}/",
    "{}://u:p@h/d",
    "postgresql//u:{}@h/d",
    "postgresql:/u:{}@h/d",
    "u:{}@h/d",
    "postgresql://u:{}@127.0.0.1:port/d",
    "postgresql://u:p@127.0.0.1:{}/d",
    "postgresql://u:p@127.0.0.1:1{}/d",
    "postgresql://u:x@{}@127.0.0.1:1/d",
    "postgresql://u:{}@x@127.0.0.1:1/d",
    "postgresql://u:{}%zz@127.0.0.1:1/d",
    "postgresql://u:x {}@127.0.0.1:1/d",
    "postgresql://u:x/{}@127.0.0.1:1/d",
    "postgresql://u:x?{}@127.0.0.1:1/d",
    "postgresql://u:x#{}@127.0.0.1:1/d",
    "postgresql://u:[{}@127.0.0.1:1/d",
    "postgresql://127.0.0.1:1/d?password={}",
    "postgresql://127.0.0.1:1/d?sslmode=require&sslpassword={}",
    "mysql://u:{}@h/d",
    "postgresql://u:{0}@127.0.0.1:1/d?sslmode={0}",
    "postgresql://u:{0}@127.0.0.1:1/d?{0}=1",
    "postgresql+asyncpg://u:{}@h/d",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_start_repeats_nothing_of_any_setting(
    shape: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in Joined.model_fields:
        monkeypatch.setenv(name.upper(), shape.format(SECRET))

    with pytest.raises(SystemExit) as all_wrong:
        serve.main()
    for name in Joined.model_fields.keys() - {"database_url"}:
        monkeypatch.delenv(name.upper())
    monkeypatch.setenv("ENVIRONMENT", "development")
    with pytest.raises(SystemExit) as address_wrong:  # which may be well-formed, and lead nowhere
        serve.main()

    told = f"{all_wrong.value}{address_wrong.value}{capfd.readouterr()}{caplog.text}"
    assert "DATABASE_URL" in told
    assert SECRET not in told
