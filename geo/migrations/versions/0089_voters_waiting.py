"""The electoral list: why an address was not sure, kept while it is decided; what is open before a day is
that of a list that can still be approved."""

import sqlalchemy as sa
from alembic import op

revision = "0089"
down_revision = "0087"
branch_labels = None
depends_on = None

COUNTS = """
create or replace function electoral_counts(of_region text)
    returns table (voting_day date, voters bigint, waiting bigint, addresses bigint, flags bigint, sent text)
    language sql stable security definer set search_path = voters, public, pg_temp as $$
-- Of the newest list that waits and was compared with the one in force, else of the one in force; no row
-- where none was ever loaded. `sent`: how the newest package of the list in force stands, none = it was not
-- sent.
  with in_force as (select l.* from voters.list_version l where l.region = of_region and l.state = 'current'),
  shown as (select l.* from voters.list_version l where l.region = of_region
      and (l.state = 'current'
        or l.state = 'checked' and l.base_id is not distinct from (select f.id from in_force f))
      order by l.state, l.id desc limit 1)
  select s.voting_day,
    (select f.before + f.added - f.removed from in_force f),
    case when s.state = 'checked' then s.id end,
    (select count(*) from voters.address a where s.state = 'checked' and a.region = s.region
      and a.list_id = s.id and a.way = 'unsure'),
    (select count(*) from voters.flag g where s.state = 'checked' and g.region = s.region
      and g.list_id = s.id and g.accepted_by is null),
    (select t.state from voters.transfer t join in_force f on t.region = f.region and t.list_id = f.id
      order by t.id desc limit 1)
  from shown s
$$"""


def upgrade() -> None:
    op.add_column("address", sa.Column("open_reason", sa.Text(), nullable=True), schema="voters")
    op.execute(COUNTS)
