from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints
from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn
from src.models.json_types import Measures, Parameters
from src.models.owned import Owned
from src.models.types import SafeInt, one_of

ModelVersionStorageUri = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*://[A-Za-z0-9._~/%?#@=+-]+$"),
    Field(min_length=1, max_length=500, schema_extra={"examples": ["s3://models/digits/1"]}),
]
ModelVersionChecksum = Annotated[
    str,
    StringConstraints(pattern=r"^(sha256:[0-9a-f]{64}|md5:[0-9a-f]{32})$"),
    Field(
        min_length=1,
        max_length=200,
        schema_extra={
            "examples": ["sha256:990874f37398b55d2f32e44d73f52440f0ed52b1d1a21b9531c7d5dec47ec30a"]
        },
    ),
]
ModelVersionSizeBytes = Annotated[SafeInt, Field(ge=0)]
ModelVersionStage = Literal["development", "staging", "production", "archived"]


class ModelVersionBase(SQLModel):
    ml_model_id: UUID
    experiment_id: UUID | None = None
    storage_uri: ModelVersionStorageUri
    checksum: ModelVersionChecksum
    size_bytes: ModelVersionSizeBytes = Field(sa_type=BigInteger)
    train_metrics: Measures = Field(default_factory=dict, sa_type=JsonColumn)
    test_metrics: Measures = Field(default_factory=dict, sa_type=JsonColumn)
    hyperparameters: Parameters = Field(default_factory=dict, sa_type=JsonColumn)
    stage: ModelVersionStage = Field(default="development", sa_type=String)


class ModelVersion(ModelVersionBase, Owned, table=True):
    __tablename__ = "model_versions"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        ForeignKeyConstraint(["ml_model_id", "owner_id"], ["ml_models.id", "ml_models.owner_id"]),
        Index(None, "ml_model_id"),
        ForeignKeyConstraint(
            ["experiment_id", "owner_id"], ["experiments.id", "experiments.owner_id"]
        ),
        Index(None, "experiment_id"),
        one_of("stage", ModelVersionStage),
        UniqueConstraint("owner_id", "ml_model_id", "number"),
        UniqueConstraint("owner_id", "ml_model_id", "id"),
    )

    number: int
