"""What MLflow keeps of models and their versions, and their own tables do not hold."""

from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn


class MlflowModel(SQLModel, table=True):
    __tablename__ = "mlflow_models"

    ml_model_id: UUID = Field(foreign_key="ml_models.id", ondelete="CASCADE", primary_key=True)
    tags: dict[str, str] = Field(default_factory=dict, sa_type=JsonColumn)


class MlflowVersion(SQLModel, table=True):
    __tablename__ = "mlflow_versions"

    version_id: UUID = Field(foreign_key="model_versions.id", ondelete="CASCADE", primary_key=True)
    source: str = Field(max_length=500)
    """Where the client said that the model is, such as ``models:/m-...``."""
    description: str = Field(default="", sa_type=Text)
    run_link: str = Field(default="", max_length=500)
    model_id: UUID | None = Field(
        default=None, foreign_key="mlflow_logged_models.id", ondelete="SET NULL", index=True
    )
    tags: dict[str, str] = Field(default_factory=dict, sa_type=JsonColumn)
