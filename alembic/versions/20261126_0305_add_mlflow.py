"""add mlflow"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "59308a2dab13"
down_revision: str | Sequence[str] | None = "6d1f0b7c52ae"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "mlflow_experiments",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_mlflow_experiments_project_id_projects"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_mlflow_experiments")),
    )
    op.create_table(
        "mlflow_inputs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("digest", sa.String(length=36), nullable=False),
        sa.Column("source_type", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("schema", sa.String(), nullable=True),
        sa.Column("profile", sa.String(), nullable=True),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["experiments.id"],
            name=op.f("fk_mlflow_inputs_run_id_experiments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mlflow_inputs")),
        sa.UniqueConstraint(
            "run_id", "name", "digest", name=op.f("uq_mlflow_inputs_run_id_name_digest")
        ),
    )
    op.create_table(
        "mlflow_logged_models",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("model_type", sa.String(length=500), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column(
            "params", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "\"status\" IN ('pending', 'ready', 'failed')",
            name=op.f("ck_mlflow_logged_models_status"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_mlflow_logged_models_owner_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_mlflow_logged_models_project_id_projects"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["experiments.id"],
            name=op.f("fk_mlflow_logged_models_run_id_experiments"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mlflow_logged_models")),
    )
    with op.batch_alter_table("mlflow_logged_models", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mlflow_logged_models_project_id"), ["project_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_mlflow_logged_models_run_id"), ["run_id"], unique=False
        )

    op.create_table(
        "mlflow_models",
        sa.Column("ml_model_id", sa.Uuid(), nullable=False),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["ml_model_id"],
            ["ml_models.id"],
            name=op.f("fk_mlflow_models_ml_model_id_ml_models"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ml_model_id", name=op.f("pk_mlflow_models")),
    )
    op.create_table(
        "mlflow_runs",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=True),
        sa.Column("listed_as", sa.String(length=250), nullable=True),
        sa.Column("user_id", sa.String(length=256), nullable=False),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["experiments.id"],
            name=op.f("fk_mlflow_runs_run_id_experiments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_mlflow_runs")),
    )
    op.create_table(
        "mlflow_artifacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(run_id IS NULL) <> (model_id IS NULL)", name=op.f("ck_mlflow_artifacts_holder")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["files.id"],
            name=op.f("fk_mlflow_artifacts_file_id_files"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["mlflow_logged_models.id"],
            name=op.f("fk_mlflow_artifacts_model_id_mlflow_logged_models"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["experiments.id"],
            name=op.f("fk_mlflow_artifacts_run_id_experiments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mlflow_artifacts")),
        sa.UniqueConstraint("model_id", "path", name=op.f("uq_mlflow_artifacts_model_id_path")),
        sa.UniqueConstraint("run_id", "path", name=op.f("uq_mlflow_artifacts_run_id_path")),
    )
    with op.batch_alter_table("mlflow_artifacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mlflow_artifacts_file_id"), ["file_id"], unique=False)

    op.create_table(
        "mlflow_model_metrics",
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("dataset_name", sa.String(length=500), nullable=True),
        sa.Column("dataset_digest", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["mlflow_logged_models.id"],
            name=op.f("fk_mlflow_model_metrics_model_id_mlflow_logged_models"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["experiments.id"],
            name=op.f("fk_mlflow_model_metrics_run_id_experiments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "model_id", "key", "step", "logged_at", name=op.f("pk_mlflow_model_metrics")
        ),
    )
    with op.batch_alter_table("mlflow_model_metrics", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mlflow_model_metrics_run_id"), ["run_id"], unique=False
        )

    op.create_table(
        "mlflow_model_uses",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "\"direction\" IN ('input', 'output')", name=op.f("ck_mlflow_model_uses_direction")
        ),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["mlflow_logged_models.id"],
            name=op.f("fk_mlflow_model_uses_model_id_mlflow_logged_models"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["experiments.id"],
            name=op.f("fk_mlflow_model_uses_run_id_experiments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "model_id", "direction", name=op.f("pk_mlflow_model_uses")
        ),
    )
    with op.batch_alter_table("mlflow_model_uses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mlflow_model_uses_model_id"), ["model_id"], unique=False
        )

    op.create_table(
        "mlflow_points",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=250), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("logged_step", sa.BigInteger(), nullable=True),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "key", "step"],
            ["ml_metrics.experiment_id", "ml_metrics.key", "ml_metrics.step"],
            name=op.f("fk_mlflow_points_run_id_key_step_ml_metrics"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "key", "step", name=op.f("pk_mlflow_points")),
    )
    with op.batch_alter_table("mlflow_points", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mlflow_points_logged", ["run_id", "key", "logged_step", "logged_at"], unique=False
        )

    op.create_table(
        "mlflow_versions",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("run_link", sa.String(length=500), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("tags", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["mlflow_logged_models.id"],
            name=op.f("fk_mlflow_versions_model_id_mlflow_logged_models"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["model_versions.id"],
            name=op.f("fk_mlflow_versions_version_id_model_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_mlflow_versions")),
    )
    with op.batch_alter_table("mlflow_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mlflow_versions_model_id"), ["model_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("mlflow_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mlflow_versions_model_id"))

    op.drop_table("mlflow_versions")
    with op.batch_alter_table("mlflow_points", schema=None) as batch_op:
        batch_op.drop_index("ix_mlflow_points_logged")

    op.drop_table("mlflow_points")
    with op.batch_alter_table("mlflow_model_uses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mlflow_model_uses_model_id"))

    op.drop_table("mlflow_model_uses")
    with op.batch_alter_table("mlflow_model_metrics", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mlflow_model_metrics_run_id"))

    op.drop_table("mlflow_model_metrics")
    with op.batch_alter_table("mlflow_artifacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mlflow_artifacts_file_id"))

    op.drop_table("mlflow_artifacts")
    op.drop_table("mlflow_runs")
    op.drop_table("mlflow_models")
    with op.batch_alter_table("mlflow_logged_models", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mlflow_logged_models_run_id"))
        batch_op.drop_index(batch_op.f("ix_mlflow_logged_models_project_id"))

    op.drop_table("mlflow_logged_models")
    op.drop_table("mlflow_inputs")
    op.drop_table("mlflow_experiments")
