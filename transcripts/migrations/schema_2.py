"""Version 2: a turn knows what it is about, where that is another question than its episode's own."""

import sqlalchemy as sa
from alembic import op

__all__ = ["upgrade"]


def upgrade() -> None:
    """Add `turn.question`."""
    question = sa.Column("question", sa.String, sa.ForeignKey("question.key"))
    op.add_column("turn", question, inline_references=True)  # as SQLite wants it
