"""Polling stations that people set: their address in Kazakh and their entrance; precincts' former numbers;
precincts agreed with the commission."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BUILDINGS = """
update station s set building_id = b.id, address_kk = b.street_kk || ' ' || b.house
from (select t.id, (select o.id from building o where o.region = t.region
        and o.point_3857 && st_expand(st_transform(t.point_4326, 3857), 3)
            and st_dwithin(o.point_4326::geography, t.point_4326::geography, 1)
        order by o.point_4326 <-> t.point_4326, o.id limit 1) as building
      from station t where t.building_id is null and t.point_4326 is not null) found
join building b on b.id = found.building where s.id = found.id and b.region = s.region
"""
GRANTS = """
grant select on precinct_lock, former_number to ikomek_web, ikomek_etl, ikomek_reader;
grant select, insert, update, delete on precinct_lock, former_number to ikomek_editor;
"""


def upgrade() -> None:
    for column in ("address_kk", "entrance_kk", "entrance_ru"):
        op.add_column("station", sa.Column(column, sa.Text(), nullable=True))
    # Stations came from files as points; those that stand on a building's tag are in that building.
    op.execute(BUILDINGS)
    op.create_table(
        "precinct_lock",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("precinct_id", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "plan_id", "precinct_id", name=op.f("pk_precinct_lock")),
    )
    op.create_table(
        "former_number",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("precinct_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "plan_id", "precinct_id", name=op.f("pk_former_number")),
    )
    op.execute(GRANTS)
