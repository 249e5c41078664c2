"""What is written into DATABASE_URL is obeyed or refused, and judged by what libpq would do."""

from pathlib import Path

import pytest
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo, PGconn
from sqlalchemy import make_url

from src.core.addresses import database_url, libpq_arguments
from src.core.judgement import COMMON_PASSWORDS, hazards_of
from src.core.safety import refuse_hazards
from src.core.settings import Settings

SECRET = "planted-secret"  # noqa: S105

OBEYED: dict[str, dict[str, object]] = {
    "postgres://u:p%40x@h:5/d": {
        "user": "u",
        "password": "p@x",
        "host": "h",
        "port": 5,
        "dbname": "d",
    },
    "postgresql://h1,h2:5433/d": {"host": "h1,h2", "port": ",5433", "dbname": "d"},
    "postgresql://h1:1,h2:2/d": {"host": "h1,h2", "port": "1,2", "dbname": "d"},
    "postgresql:///d?host=h1:1&host=h2:2&target_session_attrs=read-write": {
        "host": "h1,h2",
        "port": "1,2",
        "dbname": "d",
        "target_session_attrs": "read-write",
    },
    "postgresql:///d?host=h1,h2": {"host": "h1,h2", "dbname": "d"},
    "postgresql:///d?host=h:1": {"host": "h", "port": 1, "dbname": "d"},
    "postgresql://a/d?host=b": {"host": "b", "dbname": "d"},
    "postgresql://h/d?hostaddr=10.0.0.1": {"host": "h", "hostaddr": "10.0.0.1", "dbname": "d"},
    "postgresql:///d?host=/run/postgresql": {"host": "/run/postgresql", "dbname": "d"},
    "postgresql://%2Frun%2Fpostgresql/d": {"host": "/run/postgresql", "dbname": "d"},
    "postgresql://[::1]:5/d": {"host": "::1", "port": 5, "dbname": "d"},
    "postgresql://?service=mine": {"service": "mine"},
    "postgresql://h?user=u&password=p&dbname=d": {
        "host": "h",
        "user": "u",
        "password": "p",
        "dbname": "d",
    },
    "postgresql://h/d?ssl=true": {"host": "h", "dbname": "d", "sslmode": "require"},
    "postgresql://h/d?connect_timeout=9&application_name=a%20b&options=-c%20lock_timeout%3D1s": {
        "host": "h",
        "dbname": "d",
        "connect_timeout": "9",
        "application_name": "a b",
        "options": "-c lock_timeout=1s",
    },
}
JUDGED = (
    *("channel_binding", "client_encoding", "connect_timeout", "gssencmode", "hostaddr"),
    *("keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval"),
    *("load_balance_hosts", "port", "replication", "require_auth", "service"),
    *("ssl_max_protocol_version", "ssl_min_protocol_version", "sslmode"),
    *("target_session_attrs", "tcp_user_timeout"),
)
"""Parameters of libpq 14 and later that not every text is a value of."""
REFUSED = [
    "postgresql://h/d?foo=1",
    f"postgresql://h/d?{SECRET}=1",
    "postgresql://h/d?prepare_threshold=0",
    "postgresql://h/d?autocommit=true",
    "postgresql://h/d?sslmode=verify_full",
    "postgresql://h/d?sslmode=disable&sslmode=require",
    "postgresql://h/d?client_encoding=LATIN1",
    f"postgresql://u:{SECRET}@h:port/d",
    "postgresql://h:0/d",
    "postgresql://h/d?port=1,2",
    "postgresql://h1,h2,h3/d?port=1,2",
    "postgresql://h/d?hostaddr=10.0.0.1,10.0.0.2",
    "postgresql://h/d?hostaddr=h",
    "postgresql://h/d?sslmode=verify-full&sslrootcert=/no/such/file",
    "postgresql://h/d?sslmode=require&sslrootcert=system",
    "postgresql://h/d?sslnegotiation=direct",
    "postgresql://h/d?ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2",
    "postgresql://h/d?min_protocol_version=3.2&max_protocol_version=3.0",
    "postgresql://h/d?replication=database",
    "postgresql://h/d?require_auth=md5,!none",
    "postgresql://h/d?require_auth=none,none",
    "postgresql://h/d?connect_timeout=1e3",
    "postgresql://h/d?connect_timeout=99999999999",
    *(f"postgresql://h/d?{name}={SECRET}" for name in JUDGED),
    "postgresql://h:70000/d",
    f"postgresql://u:{SECRET}%zz@h/d",
    f"mysql://u:{SECRET}@h/d",
    f"postgresql+asyncpg://u:{SECRET}@h/d",
    "sqlite://host/file.db",
    "sqlite:///file.db?timeout=1",
    "sqlite:///file.db?mode=ro&uri=true",
    "",
    SECRET,
]
LOCAL = [
    "postgresql:///d",
    "postgresql://localhost/d",
    "postgresql://LOCALHOST/d",
    "postgresql://127.0.0.2/d",
    "postgresql://127.255.255.254/d",
    "postgresql://[::1]/d",
    "postgresql:///d?host=/run/postgresql",
    "postgresql://%2Frun%2Fpostgresql/d",
    "postgresql:///d?host=@abstract",
    "postgresql:///d?host=localhost,127.0.0.1,/run",
    "postgresql://db.example.com/d?hostaddr=127.0.0.1",
]
REMOTE = [
    "postgresql://db.example.com/d",
    "postgresql://10.0.0.1/d",
    "postgresql://localhost.example.com/d",
    "postgresql:///d?host=db.example.com",
    "postgresql://localhost/d?host=db.example.com",
    "postgresql://localhost/d?hostaddr=10.0.0.1",
    "postgresql://localhost,db.example.com/d",
    "postgresql:///d?host=/run&host=db.example.com",
    "postgresql:///d?host=localhost:5432&host=db.example.com:5432",
    "postgresql:///d?service=remote",
]
UNSAFE_TLS = ["", "sslmode=prefer", "sslmode=allow"]
SAFE_TLS = [f"sslmode={mode}" for mode in ("require", "verify-ca", "verify-full", "disable")]


@pytest.fixture(autouse=True)
def service_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "services"
    file.write_text(
        "[mine]\n[remote]\nhost=db.example.com\n[weak]\npassword=postgres\nhost=/run\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    for name in ("PGSERVICE", "PGHOST", "PGHOSTADDR", "PGSSLMODE", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)


def with_query(address: str, query: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address


@pytest.mark.parametrize("address", OBEYED)
def test_address_reaches_the_driver_whole(address: str) -> None:
    arguments = libpq_arguments(database_url(address))

    assert arguments == {"client_encoding": "UTF8"} | OBEYED[address]
    make_conninfo(**arguments)  # raises for a name that libpq does not know


@pytest.mark.parametrize("address", OBEYED)
def test_address_is_the_same_when_it_is_read_again(address: str) -> None:
    url = database_url(address)

    assert database_url(url) == database_url(url.render_as_string(hide_password=False)) == url


@pytest.mark.parametrize("address", REFUSED)
def test_what_cannot_be_obeyed_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as refusal:
        database_url(address)

    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    "written", ["", "absurd", "-1", "0", "1", "disable", "require", "latest", "TLSv1.2", "none"]
)
def test_what_libpq_refuses_at_each_connection_is_refused(written: str, tmp_path: Path) -> None:
    """Its words differ if it has tried to connect, which `tmp_path` lets nobody do."""
    names = {option.keyword.decode() for option in Conninfo.get_defaults()}
    if written == "require":
        names -= {"gssencmode"}  # which is for hosts
    for each in names - {"host", "hostaddr"}:
        conninfo = make_conninfo(host=str(tmp_path), **{each: written})
        connection = PGconn.connect_start(conninfo.encode())
        has_tried = str(tmp_path) in connection.error_message.decode()
        connection.finish()
        if not has_tried:
            with pytest.raises(ValueError, match=each):
                database_url(f"postgresql:///d?host={tmp_path}&{each}={written}")


def test_form_of_sqlalchemy_is_understood() -> None:
    url = make_url("postgresql+psycopg://u@/d").update_query_pairs(
        [("host", "h1:1"), ("host", "h2:2")]
    )

    assert libpq_arguments(database_url(url))["port"] == "1,2"


@pytest.mark.parametrize("tls", [*UNSAFE_TLS, *SAFE_TLS])
@pytest.mark.parametrize("address", LOCAL)
def test_local_address_may_choose_any_tls(address: str, tls: str) -> None:
    assert [*hazards_of(database_url(with_query(address, tls)), "X")] == []


@pytest.mark.parametrize("address", REMOTE)
def test_remote_address_must_choose_its_tls(address: str) -> None:
    for tls in UNSAFE_TLS:
        (hazard,) = hazards_of(database_url(with_query(address, tls)), "X")
        assert "must choose its TLS mode" in hazard
    for tls in SAFE_TLS:
        assert [*hazards_of(database_url(with_query(address, tls)), "X")] == []


def test_environment_counts_as_libpq_counts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example.com")
    assert [*hazards_of(database_url("postgresql:///d"), "X")] != []

    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert [*hazards_of(database_url("postgresql:///d"), "X")] == []


@pytest.mark.parametrize(
    "address",
    [
        *(f"postgresql://u:{each}@/d" for each in sorted(COMMON_PASSWORDS)),
        *(f"postgresql://u@/d?password={each.upper()}" for each in sorted(COMMON_PASSWORDS)),
        "postgresql:///d?service=weak",
    ],
)
def test_password_that_is_guessed_first_is_a_hazard_wherever_it_is(address: str) -> None:
    assert "guessed first" in next(hazards_of(database_url(address), "X"))


@pytest.mark.parametrize("variable", ["database_url", "database_read_url", "database_listen_url"])
def test_all_addresses_are_judged(variable: str) -> None:
    safe = {
        "environment": "production",
        "allowed_hosts": ["api.example.com"],
        "database_url": "postgresql:///d",
        "database_read_url": "postgresql:///d",
        "database_listen_url": "postgresql:///d",
    }
    refuse_hazards(Settings.model_validate(safe))

    with pytest.raises(SystemExit, match=variable.upper()):
        refuse_hazards(Settings.model_validate(safe | {variable: "postgresql://db.example.com/d"}))


@pytest.mark.parametrize("variable", ["database_read_url", "database_listen_url"])
def test_second_address_is_for_postgresql(variable: str) -> None:
    settings = {"database_url": "sqlite:///a.db", variable: "sqlite:///b.db"}

    with pytest.raises(SystemExit, match=variable.upper()):
        refuse_hazards(Settings.model_validate(settings))
