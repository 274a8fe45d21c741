"""Roles of their own: the application owns no table, and each process has what it needs, no more."""
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REFERENCE = "category, performer, manager, district, building, basemap_feature"
PLANS = "plan, node, edge, precinct, station, assignment, plan_event, building, building_tag"
ACCOUNTS = "app_user, user_session, user_role, setting"

GRANTS = f"""
grant usage on schema public to ikomek_web, ikomek_etl, ikomek_reader, ikomek_editor;
grant usage on schema personal to ikomek_web, ikomek_etl;
revoke create on schema public from public;

grant select on all tables in schema public to ikomek_etl, ikomek_web;
grant select on {REFERENCE}, plan, node, edge, precinct, station, assignment, incident, incident_event, inquiry, inquiry_count, calls,
  density_cell, density_day, tile_version, change, change_position, feed, run, decision, setting to ikomek_reader, ikomek_editor;

grant insert, update, delete on {REFERENCE}, plan, node, edge, precinct, station, assignment, plan_event, building_tag,
  inquiry, inquiry_count, calls, incident, feed, run, inbox, density_delta, density_day, density_cell, tile_version, decision to ikomek_etl;
grant insert on incident_event, change, reject, audit, setting to ikomek_etl;
grant update, delete on reject to ikomek_etl;
grant update on setting, change, change_position to ikomek_etl;
grant insert, update on personal.inquiry_text to ikomek_etl;

grant insert, update on inbox, decision, incident, {ACCOUNTS} to ikomek_web;
grant delete on user_session to ikomek_web;
grant insert on incident_event, change, audit to ikomek_web;
grant update on change, change_position, tile_version to ikomek_web;
grant select on personal.inquiry_text to ikomek_web;

grant insert, update, delete on {PLANS} to ikomek_editor;
grant insert on change, audit, incident_event to ikomek_editor;
grant insert, update on tile_version to ikomek_editor;

grant usage on all sequences in schema public to ikomek_web, ikomek_etl, ikomek_editor;
"""


def upgrade() -> None:
    for role in ("web", "etl", "reader", "editor"):
        # On the private cluster they sign in by the socket's peer; elsewhere the one given login is made a member and does SET ROLE.
        op.execute(f"""
            do $$ begin
              if not exists (select from pg_roles where rolname = 'ikomek_{role}') then create role ikomek_{role} login; end if;
              if current_user <> 'ikomek_{role}' then execute format('grant ikomek_{role} to %I', current_user); end if;
            end $$""")
    op.execute(GRANTS)
    op.execute("revoke select on app_user, user_session from ikomek_etl, ikomek_reader, ikomek_editor")
    op.execute("alter role ikomek_reader set default_transaction_read_only = on")
