"""Statistics: days of the whole city beside those of its districts."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""insert into statistic_day (region, facet, subject, day, district_id, value, n,
            one_take, tenge)
        select region, 'city', subject, day, 0, '', sum(n), sum(one_take), sum(tenge) from statistic_day
        where facet = 'all' group by region, subject, day
        having (sum(n), sum(one_take), sum(tenge)) is distinct from (0, 0, 0)""")
