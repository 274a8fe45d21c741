"""The spans of what was recorded before there were any. Nothing that others write is locked meanwhile."""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

FILL = """
    insert into incident_span (region, incident_id, known_from, known_until)
    select i.region, i.id, e.known_from, case when i.status = 'closed' or i.vanished_at is not null
        then e.known_until end
    from (select region, incident_id, min(recorded_at) as known_from, max(recorded_at) filter (
            where what = 'status' and to_value = 'closed' or what = 'vanished' and to_value is not null)
            as known_until
        from incident_event where what in ('opened', 'status', 'vanished') group by 1, 2) e
    join incident i on i.region = e.region and i.id = e.incident_id
    where i.status <> 'closed' and i.vanished_at is null or e.known_until > e.known_from
    on conflict (region, incident_id, known_from) do nothing"""


def upgrade() -> None:
    op.execute(FILL)
