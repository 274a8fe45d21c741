"""The doors: what each shipped role may do, and the memory of failed sign-ins."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DESK = ["page.map", "page.feeds", "page.wall", "layer.read", "live.read", "incident.read"]

ROLES = {
    "wall": ["page.wall", "layer.read", "live.read"],
    "operator": [*DESK],
    "duty": [*DESK, "incident.decide", "incident.export", "feed.run", "feed.rejects"],
    "inspector": [*DESK, "incident.export"],
    "performer": ["page.map", "layer.read", "live.read", "incident.read"],
    "electoral_editor": ["page.map", "layer.read", "live.read", "incident.read", "precinct.edit"],
    "electoral_approver": [
        "page.map",
        "layer.read",
        "live.read",
        "incident.read",
        "precinct.edit",
        "precinct.approve",
    ],
    "executive": [*DESK, "incident.export"],
    "auditor": [*DESK, "incident.export", "feed.rejects", "audit.read", "metrics.read"],
    "administrator": [
        *DESK,
        "incident.decide",
        "incident.export",
        "feed.run",
        "feed.rejects",
        "mode.set",
        "user.manage",
        "audit.read",
        "metrics.read",
    ],
    "push": ["feed.push"],
    "monitor": ["metrics.read"],
}


def upgrade() -> None:
    role = sa.table("user_role", sa.column("key", sa.Text), sa.column("permissions", sa.ARRAY(sa.Text)))
    op.bulk_insert(role, [{"key": key, "permissions": permissions} for key, permissions in ROLES.items()])
    op.create_table(
        "sign_in_failure",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_failure"),
    )
    op.drop_constraint("type", "user_session", type_="check")
    op.create_check_constraint("type", "user_session", "type in ('person', 'device', 'token', 'one_time')")
    op.execute("grant select, insert, update, delete on sign_in_failure to ikomek_web")
    op.execute("revoke select on sign_in_failure from ikomek_etl, ikomek_reader, ikomek_editor")
