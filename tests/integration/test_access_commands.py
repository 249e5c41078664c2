"""Commands for administrators and for the clean-up of tokens."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, NullPool, create_engine
from sqlmodel import Session, select

from src.core.blocking import blocking
from src.models.base import utc_now
from src.models.login_attempts import LoginAttempts
from src.models.token import Token
from src.models.user import User
from src.schemas.token import TokenCreate
from src.schemas.user import UserCreate
from src.services.attempts import WINDOW
from src.services.passwords import HASHER
from src.services.token import TokenService
from src.services.user import UserService
from tests.commands import run_command

PASSWORD = "correct horse"  # noqa: S105
DAY = timedelta(days=1)


@pytest.fixture
def engine(empty_url: URL) -> Engine:
    """Return an engine for an empty database, to bypass the services."""
    command.upgrade(Config("alembic.ini"), "head")
    url = empty_url.set(drivername=empty_url.drivername.removesuffix("+aiosqlite"))
    return create_engine(url, poolclass=NullPool)


def create_admin(monkeypatch: pytest.MonkeyPatch, password: str = PASSWORD) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{password}\n{password} is not read\n"))
    run_command("create-admin", "--email", "Ada@Example.com", "--name", "Ada")


def only_user(engine: Engine) -> User:
    with Session(engine) as session:
        return session.exec(select(User)).one()


def test_first_admin_is_created(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine
) -> None:
    create_admin(monkeypatch)

    assert capsys.readouterr().out == "ada@example.com was created as an administrator.\n"
    user = only_user(engine)
    assert (user.email, user.name, user.active, user.admin) == (
        "ada@example.com",
        "Ada",
        True,
        True,
    )
    assert user.password_hash is not None
    assert HASHER.verify(PASSWORD, user.password_hash)


def test_existing_user_becomes_an_active_admin_with_this_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine
) -> None:
    with blocking(UserService) as users:
        existing = users.create(UserCreate(email="ada@example.com", name="Countess", active=False))
    with blocking(lambda session: TokenService(session, existing.id)) as tokens:
        data = TokenCreate(name="login", scopes=["read"])
        tokens.issue(data, frozenset({"read"}), kind="session")

    create_admin(monkeypatch)

    told = capsys.readouterr().out
    assert told == "ada@example.com existed, and is now an administrator.\n"
    user = only_user(engine)
    assert (user.id, user.name, user.active, user.admin) == (existing.id, "Countess", True, True)
    assert user.password_hash is not None
    assert HASHER.verify(PASSWORD, user.password_hash)
    with Session(engine) as session:
        assert session.exec(select(Token.revoked_at)).one() is not None


def test_password_is_asked_for_twice_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], engine: Engine
) -> None:
    """The password is neither read from standard input nor printed."""
    answers = [PASSWORD, "another", PASSWORD, PASSWORD]
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("src.commands.access.getpass", lambda *_: answers.pop(0))
    arguments = ["create-admin", "--email", "ada@example.com", "--name", "Ada"]

    with pytest.raises(SystemExit, match=r"^The passwords differ\.$"):
        run_command(*arguments)
    with Session(engine) as session:
        assert session.exec(select(User)).all() == []
    run_command(*arguments)

    assert answers == []
    assert HASHER.verify(PASSWORD, str(only_user(engine).password_hash))
    assert PASSWORD not in capsys.readouterr().out


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("password", ["", "1234567", "x" * 129])
def test_too_short_or_too_long_password_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    with pytest.raises(SystemExit, match=r"^password: String should have at [^\n]+$"):
        create_admin(monkeypatch, password)


@pytest.mark.parametrize(
    ("email", "name", "told"),
    [
        ("ada", "Ada", "email: String should match pattern"),
        ("a@b.de", " ", "name: String should match pattern"),
    ],
)
def test_invalid_user_is_refused_in_one_line(email: str, name: str, told: str) -> None:
    with pytest.raises(SystemExit, match=rf"^{told}[^\n]*$"):
        run_command("create-admin", "--email", email, "--name", name)


@pytest.mark.parametrize(
    ("arguments", "purged"),
    [
        ([], {"expired", "revoked"}),
        (["--days", "0"], {"expired", "revoked", "just expired", "just revoked"}),
        (["--days", "60"], set()),
    ],
)
def test_purge_access_deletes_ended_tokens_and_old_attempts(
    capsys: pytest.CaptureFixture[str],
    engine: Engine,
    arguments: list[str],
    purged: set[str],
) -> None:
    now = utc_now()
    ends: dict[str, tuple[datetime | None, datetime | None]] = {
        "alive": (None, None),
        "lasting": (now + DAY, None),
        "just expired": (now - DAY, None),
        "just revoked": (now + DAY, now - DAY),
        "expired": (now - 31 * DAY, None),
        "revoked": (None, now - 31 * DAY),
    }
    user = User(email="ada@example.com", name="Ada")
    with Session(engine) as session:
        session.add(user)
        session.flush()
        for name, (expires_at, revoked_at) in ends.items():
            token = Token(name=name, scopes=["read"], digest=name, owner_id=user.id)
            token.expires_at, token.revoked_at = expires_at, revoked_at
            session.add(token)
        for name, age in {"new": WINDOW - timedelta(minutes=1), "old": WINDOW}.items():
            session.add(LoginAttempts(account=name, since=now - age))
        session.commit()

    run_command("purge-access", *arguments)

    with Session(engine) as session:
        assert set(session.exec(select(Token.name))) == ends.keys() - purged
        assert session.exec(select(LoginAttempts.account)).all() == ["new"]
    told = capsys.readouterr().out
    assert told.startswith(f"Purged {len(purged)} tokens ")
    assert told.endswith("Purged 1 accounts' attempts.\n")
