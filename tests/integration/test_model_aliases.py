from httpx import AsyncClient

from tests.api import Json, assert_problem
from tests.contract import TAKEN, Contract, patterned, reference
from tests.integration.test_ml_models import TestMlModels as MlModels
from tests.integration.test_model_versions import TestModelVersions as ModelVersions


class TestModelAliases(Contract):
    path, words, owned = "/api/v1/model-aliases", "model alias", True
    fields = {
        "ml_model_id": reference(MlModels, methods=("POST",)),
        "version_id": reference(ModelVersions),
        "name": patterned("champion", "m14", longest=255),
    }
    unique = [("ml_model_id", "name")]

    @classmethod
    async def new(cls, client: AsyncClient, /, **given: object) -> Json:
        """Return a valid body: the version is one of the model."""
        if not {"ml_model_id", "version_id"} <= given.keys():
            version = await ModelVersions.create(client)
            given = {"ml_model_id": version["ml_model_id"], "version_id": version["id"]} | given
        return {"name": "champion"} | given

    @classmethod
    async def target(cls, client: AsyncClient, name: str, row: Json) -> Json:
        return await ModelVersions.create(client, ml_model_id=row["ml_model_id"])

    async def test_taken_value_conflicts_and_changes_nothing(self, client: AsyncClient) -> None:
        body = await self.new(client)
        await self.create(client, **body)
        row = await self.create(client, **body | {"name": "second"})

        created = await client.post(self.path, json=body)
        patched = await client.patch(self.path_of(row), json={"name": body["name"]})

        errors = {"body.ml_model_id": [TAKEN], "body.name": [TAKEN]}
        for response in (created, patched):
            assert_problem(response, 409, TAKEN, errors=errors)
        assert await self.get(client, row) == row
