"""The service on a standby: after a failover that its address has not followed, or has not yet."""

from pathlib import Path

from src.core.database import Database
from tests.access import issue_token
from tests.api import THINGS, create_thing
from tests.apps import make_settings
from workshop.rigs.clients import is_ready, run_sql, until
from workshop.rigs.forwarder import forwarded
from workshop.rigs.ledger import retry_after
from workshop.rigs.postgres import Pair
from workshop.rigs.service import served

RECOVERY_SECONDS = 30


async def test_standby_is_read_and_becomes_ready_when_it_is_promoted(
    servers: Pair, tmp_path: Path
) -> None:
    database = Database(make_settings(servers.primary.url))
    # Used for the first time on the standby, where that cannot be noted.
    token = (await issue_token(database)).token
    await database.dispose()
    async with (
        forwarded(servers.primary.url) as forwarder,
        served(forwarder.url, tmp_path) as service,
    ):
        client = service.client
        thing = await create_thing(client)
        path = f"{THINGS}/{thing['id']}"

        async def has_replayed() -> bool:
            return bool(run_sql(servers.standby.url, "SELECT FROM things"))

        async def is_read() -> bool:
            return (await client.get(path)).status_code == 200

        async def writes() -> bool:
            return (await client.post(THINGS, json={"name": "afterwards"})).status_code == 201

        await until(has_replayed, RECOVERY_SECONDS)
        forwarder.redirect(servers.standby.url)
        forwarder.cut()
        await until(is_read, RECOVERY_SECONDS)
        client.headers["Authorization"] = f"Bearer {token}"
        reads = [await client.get(path) for _ in range(10)]
        written = [await client.post(THINGS, json={"name": "refused"}) for _ in range(10)]
        ready = [await is_ready(client) for _ in range(3)]
        await servers.fail_over()
        seconds = await until(writes, RECOVERY_SECONDS)
        await until(lambda: is_ready(client), RECOVERY_SECONDS)

    print(f"writes {seconds:.2f} s after the promotion")
    assert [each.json() for each in reads] == [thing] * 10
    assert [each.status_code for each in written] == [503] * 10
    assert min(map(retry_after, written)) > 0
    assert ready == [False] * 3
    assert run_sql(servers.standby.url, "SELECT name FROM things ORDER BY name") == [
        (each,) for each in sorted([thing["name"], "afterwards"])
    ]
