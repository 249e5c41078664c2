"""Two features that refer to each other, with rows that do."""

import pytest
from sqlalchemy import Connection, text

from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import create_migration
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.feature import Feature
from scaffold.spec.parse import parse_feature, parse_field
from workshop.generator.migrated import described, run
from workshop.generator.test_rows import ID, insert

TEAM = parse_feature("team", ["name:str"])
PLAYER = parse_feature("player", ["name:str", "team:ref"])
FEATURES = {"team": TEAM, "player": PLAYER}
FIRST = "(select players.id from players where players.team_id = teams.id)"


def changed(feature: Feature, change: FieldChange, team: Feature) -> tuple[Feature, str]:
    features = {"team": team, "player": PLAYER}
    (migration,) = change_migration(feature, change, features, "a").values()
    return change.of(feature), migration


@pytest.mark.parametrize("rule", ["", ":set-null", ":cascade"])
def test_circle_of_rows_follows_up_and_down(connection: Connection, rule: str) -> None:
    for each in FEATURES.values():
        run(connection, create_migration(each, FEATURES))
    with connection.begin():
        insert(connection, "teams", f"{ID}1", name="t")
        insert(connection, "players", f"{ID}2", name="p", team_id=f"{ID}1")
    plain = described(connection, "teams")
    captain = parse_field(f"captain:ref:player:optional{rule}")
    team, added = changed(TEAM, FieldChange(None, captain, expression=FIRST), TEAM)
    run(connection, added)
    circle = described(connection, "teams")
    assert counts(connection) == [1, 1, 1]

    run(connection, added, "downgrade")
    assert described(connection, "teams") == plain
    run(connection, added)
    _, migration = changed(
        team, FieldChange(captain, parse_field("chief:ref:player:optional")), team
    )
    run(connection, migration)
    assert counts(connection, "chief_id") == [1, 1, 1]
    run(connection, migration, "downgrade")
    assert described(connection, "teams") == circle
    _, dropped = changed(team, FieldChange(captain, None), team)
    run(connection, dropped)
    assert described(connection, "teams") == plain
    assert counts(connection, "name") == [1, 1, 1]
    run(connection, create_migration(PLAYER, FEATURES), "downgrade")
    run(connection, create_migration(TEAM, FEATURES), "downgrade")


def counts(connection: Connection, column: str = "captain_id") -> list[int]:
    """Count the teams, those with a value, and the players."""
    query = f"SELECT count(*), count({column}), (SELECT count(*) FROM players) FROM teams"  # noqa: S608
    found = connection.execute(text(query)).one()
    connection.rollback()
    return [*found]
