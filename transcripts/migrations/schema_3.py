"""Version 3: where a fork parts, how a run was asked for, which calls the store answered, who is at work."""

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]


def upgrade() -> None:
    """Add `run.settings`, `episode.origin` and `episode.origin_turn`, `cached` of calls, and `lease`.

    The index on lessons goes: it made a stream of a lesson's episodes sort them anew for every chunk.
    """
    _add_required("run", sa.Column("settings", sa.String, nullable=False, server_default="{}"))
    for calls in ("model_call", "lost_call"):
        _add_required(calls, sa.Column("cached", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_model_call_key", "model_call", ["key"])
    op.add_column("episode", sa.Column("origin", sa.String))
    op.add_column("episode", sa.Column("origin_turn", sa.Integer))
    op.create_index("ix_episode_origin", "episode", ["origin"])
    op.drop_index("ix_question_lesson", "question")
    op.create_table(
        "lease",
        sa.Column("run", sa.String, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
    )


def _add_required(table: str, column: "sa.Column[object]") -> None:
    """Add a column whose default is what all rows hold so far, and no default of those to come."""
    op.add_column(table, column)
    with op.batch_alter_table(table) as changed:
        changed.alter_column(column.name, server_default=None)
