"""What is still open in the electoral list, as counts: for screens that have no right on it."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

COUNTS = """
create function electoral_counts(of_region text)
    returns table (voting_day date, voters bigint, waiting bigint, addresses bigint, flags bigint, sent text)
    language sql stable security definer set search_path = voters, public, pg_temp as $$
-- Of the newest list that waits, else of the one in force; no row where none was ever loaded. `sent`: how the
-- newest package of the list in force stands, none = it was not sent.
  with shown as (select l.* from voters.list_version l where l.region = of_region
      and l.state in ('checked', 'current') order by l.state, l.id desc limit 1),
  in_force as (select l.* from voters.list_version l where l.region = of_region and l.state = 'current')
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
    op.execute(COUNTS)
