"""The open incidents of any past moment, as it was and as it was then known, found by index."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

OPEN = "{row}.status <> 'closed' and {row}.vanished_at is null"
NOTE = """create function note_incident_span () returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$ begin
    if tg_op = 'DELETE' then
        delete from incident_span where region = old.region and incident_id = old.id;
    elsif new.status <> 'closed' and new.vanished_at is null then
        insert into incident_span (region, incident_id, known_from) values (new.region, new.id, now())
            on conflict (region, incident_id, known_from) do update set known_until = null;
    else
        update incident_span set known_until = greatest(known_from, clock_timestamp())
            where region = new.region and incident_id = new.id and known_until is null;
    end if;
    return null;
end $$"""
LASTED = """tstzrange(opened_at, greatest(opened_at, case when status = 'closed' or vanished_at is not null
    then coalesce(least(closed_at, vanished_at), 'infinity') else 'infinity' end))"""


def upgrade() -> None:
    op.create_table(
        "incident_span",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("region", "incident_id", "known_from", name=op.f("pk_incident_span")),
    )
    op.create_index(
        "ix_incident_span_known",
        "incident_span",
        [sa.text("tstzrange(known_from, known_until)")],
        postgresql_using="gist",
    )
    op.create_index(
        "ix_incident_span_open",
        "incident_span",
        ["region", "incident_id"],
        postgresql_where=sa.text("known_until is null"),
    )
    op.create_index(
        "ix_incident_event_redated",
        "incident_event",
        ["region", "recorded_at"],
        postgresql_where=sa.text("what = 'opened_at'"),
    )
    op.create_index("ix_incident_lasted", "incident", [sa.text(LASTED)], postgresql_using="gist")
    op.execute(NOTE)
    for event, condition in (
        ("insert", OPEN.format(row="new")),
        (
            "update of status, vanished_at",
            f"({OPEN.format(row='new')}) is distinct from ({OPEN.format(row='old')})",
        ),
        ("delete", "true"),
    ):
        op.execute(
            f"create trigger note_span_{event.split()[0]} after {event} on incident for each row when "
            f"({condition}) execute function note_incident_span ()"
        )
    op.execute("""create function forget_incident_spans () returns trigger language plpgsql security definer
        set search_path = public, pg_temp as $$ begin delete from incident_span; return null; end $$""")
    op.execute(
        "create trigger note_span_truncate after truncate on incident for each statement "
        "execute function forget_incident_spans ()"
    )
