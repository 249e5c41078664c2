import pytest
from httpx import AsyncClient

from tests.api import assert_invalid, assert_problem
from tests.contract.facts import Facts, where


class Rules(Facts):
    """Conditions that a row as a whole keeps."""

    @where(lambda feature: feature.rules)
    async def test_broken_rule_is_refused_and_named(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        row, body = await self.create_whole(client), await self.whole(client)
        rows = await self.listed(client)
        for rule, changes in self.rules.items():
            refusal = f"{rule} must hold"
            names = [name for name in self.fields if name in rule.split()]
            errors = {f"body.{name}": [refusal] for name in names}
            for change in changes:
                wrong, sent = (change(each) if callable(change) else change for each in (body, row))
                with subtests.test(f"{rule}: {sent}"):
                    created = await client.post(self.path, json=body | wrong)
                    if {*names} <= body.keys():
                        assert_invalid(created, {"body": [refusal]})
                    else:  # only the database knows the other side
                        assert_problem(created, 422, refusal, errors=errors)
                    changed = await client.patch(self.path_of(row), json=sent)
                    assert_problem(changed, 422, refusal, errors=errors)
        assert await self.listed(client) == rows

    @where(lambda feature: feature.rules)
    async def test_null_breaks_no_rule(
        self, client: AsyncClient, subtests: pytest.Subtests
    ) -> None:
        compared = {name for rule in self.rules for name in rule.split()}
        for name in compared & self.with_method("POST").keys():
            if self.fields[name].optional:
                with subtests.test(name):
                    row = await self.create_whole(client, **{name: None})
                    assert row[name] is None
