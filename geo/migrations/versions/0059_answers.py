"""Answers for operators, with their versions, uses, and the questions that found none."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
ROLES = {
    "page.answers": ("operator", "duty", "inspector", "executive", "auditor", "administrator"),
    "answers.use": ("operator", "duty", "inspector", "administrator"),
    "answers.edit": ("administrator",),
}
EDITOR = ("page.answers", "answers.use", "answers.edit", "layer.read", "live.read")
"""Of a role of its own, which sees no incident (`geo.accounts.users.KINDS_BY_DEFAULT`)."""


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.create_table(
        "answer_article",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_content(),
        sa.Column("searched_titles", sa.Text(), nullable=False),
        sa.Column("searched_words", sa.Text(), nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_answer_article")),
        sa.UniqueConstraint("region", "key", name=op.f("uq_answer_article_region_key")),
    )
    op.create_index(
        "ix_answer_article_words",
        "answer_article",
        [sa.text("to_tsvector('russian', searched_words)")],
        postgresql_using="gin",
    )
    op.create_index(
        "ix_answer_article_titles",
        "answer_article",
        [sa.text("searched_titles gin_trgm_ops")],
        postgresql_using="gin",
    )
    op.create_table(
        "answer_version",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *_content(),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("region", "article_id", "version", name=op.f("pk_answer_version")),
    )
    op.create_table(
        "answer_use",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("inquiry", sa.Text(), nullable=True),
        sa.Column("one_take", sa.Boolean(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_answer_use")),
    )
    op.create_index("ix_answer_use_article", "answer_use", ["region", "article_id", "at"])
    op.create_index("ix_answer_use_at", "answer_use", ["region", "at"])
    op.create_table(
        "answer_question",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("first_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("last_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_answer_question")),
        sa.UniqueConstraint("region", "question", name=op.f("uq_answer_question_region_question")),
    )
    role = sa.table("user_role", sa.column("key", sa.Text), sa.column("permissions", sa.ARRAY(sa.Text)))
    op.bulk_insert(role, [{"key": "answers_editor", "permissions": list(EDITOR)}])
    for permission, roles in ROLES.items():
        named = ", ".join(f"'{role}'" for role in roles)
        op.execute(
            f"""update user_role set permissions = array_append(permissions, '{permission}')
            where key in ({named}) and not '{permission}' = any(permissions)"""
        )


def _content() -> list[sa.Column]:
    names = (
        "topic",
        "owner",
        *(f"{part}_{lang}" for part in ("title", "body") for lang in ("kk", "ru", "en")),
    )
    return [
        *(sa.Column(name, sa.Text(), nullable=False) for name in names),
        sa.Column("review_on", sa.Date(), nullable=False),
    ]
