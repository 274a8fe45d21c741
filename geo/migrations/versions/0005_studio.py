"""The precinct studio: where a plan was drafted from, what an undo undid, voters that no house explains,
and who is looking at what."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

GRANTS = """
grant usage on sequence plan_part_id_seq to ikomek_web, ikomek_etl, ikomek_editor;
grant select, insert, update, delete on plan_presence to ikomek_editor;
grant select on plan_event to ikomek_reader;
grant select on plan_presence to ikomek_web, ikomek_etl, ikomek_reader;
grant select on basemap_feature to ikomek_editor;
"""

TAG_GRANTS = """
grant select on building_tag, plan_doubt to ikomek_reader;
grant select, insert, update, delete on plan_doubt to ikomek_editor;
grant select on plan_doubt to ikomek_web, ikomek_etl;
grant usage on all sequences in schema public to ikomek_editor;
"""
PERMISSIONS = {
    "page.buildings": ("electoral_editor", "electoral_approver", "auditor", "administrator"),
    "building.tag": ("electoral_editor", "electoral_approver", "administrator"),
    "page.vote": (
        "operator",
        "duty",
        "inspector",
        "electoral_editor",
        "electoral_approver",
        "executive",
        "auditor",
        "administrator",
    ),
}

VIEWERS = ("electoral_editor", "electoral_approver", "executive", "auditor", "administrator")


def upgrade() -> None:
    op.add_column("plan", sa.Column("source_plan_id", sa.BigInteger(), nullable=True))
    op.add_column("plan_event", sa.Column("of_event", sa.BigInteger(), nullable=True))
    op.create_index("ix_plan_event_plan", "plan_event", ["region", "plan_id", "id"])
    op.add_column("precinct", sa.Column("voters_given", sa.BigInteger(), nullable=True))
    op.execute("""update precinct p set voters_given = voters where not exists (
        select from assignment a join building b on b.region = a.region and b.id = a.building_id
        where a.region = p.region and a.plan_id = p.plan_id and a.precinct_id = p.id and b.voters > 0)""")
    # Nodes, edges and precincts that an edit makes: numbered once for all plans, above those of any import,
    # and never again.
    op.execute("create sequence plan_part_id_seq start 1000001")
    op.create_table(
        "plan_presence",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("precincts", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "plan_id", "who", name="pk_plan_presence"),
    )
    op.execute(GRANTS)
    op.execute(
        f"update user_role set permissions = permissions || array['page.precincts'] where key in {VIEWERS}"
    )
    op.execute(
        "update user_role set permissions = permissions || array['precinct.edit'] where key = 'administrator'"
    )
    _geo_tags()


def _geo_tags() -> None:
    """What a decision on a geo-tag set and undid; the worklist of a plan made from a decision's text; who
    may do either."""
    op.add_column("building_tag", sa.Column("action", sa.Text(), server_default="loaded", nullable=False))
    op.add_column("building_tag", sa.Column("tagged_by", sa.Text(), nullable=True))
    op.add_column("building_tag", sa.Column("to_quality", sa.Text(), nullable=True))
    op.add_column(
        "building_tag",
        sa.Column("to_point_4326", Geometry("POINT", srid=4326, spatial_index=False), nullable=True),
    )
    op.add_column("building_tag", sa.Column("version", sa.BigInteger(), nullable=True))
    op.add_column("building_tag", sa.Column("undoes", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        "action", "building_tag", "action in ('loaded', 'moved', 'confirmed', 'imported', 'undone')"
    )
    op.create_table(
        "plan_doubt",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("precinct", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=True),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("region", "id", name="pk_plan_doubt"),
    )
    op.create_index("ix_plan_doubt_plan", "plan_doubt", ["region", "plan_id"])
    op.execute(TAG_GRANTS)
    for permission, roles in PERMISSIONS.items():
        op.execute(
            sa.text(
                "update user_role set permissions = array_append(permissions, :permission) where "
                "key = any(:roles) and not :permission = any(permissions)"
            ).bindparams(permission=permission, roles=list(roles))
        )
