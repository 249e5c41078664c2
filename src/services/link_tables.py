"""Tables of links, whose primary key names two rows."""

from uuid import UUID

from sqlalchemy import Column, Table


def keys_of(link: Table) -> list[Column[UUID]]:
    """Return the column of the row that has links, and that of the row it is linked with."""
    return [each for each in link.primary_key.columns if not each.info.get("scope")]


def keys_by(table: Table, name: str) -> list[Column[UUID]]:
    """Return the columns of the links that the table's rows have by this one."""
    for each in table.metadata.tables.values():
        if name in each.primary_key.columns:
            keys = keys_of(each)
            if [key.name for key in keys[1:]] == [name] and keys[0].references(table.c.id):
                return keys
    raise KeyError(name)
