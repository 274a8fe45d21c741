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
grant select on {REFERENCE}, plan, node, edge, precinct, station, assignment, incident, incident_event,
    inquiry, inquiry_count, calls,
  density_cell, density_day, density_series, tile_version, change, change_position, feed, run, decision,
      setting to ikomek_reader, ikomek_editor;

grant insert, update, delete on {REFERENCE}, plan, node, edge, precinct, station, assignment, plan_event,
    building_tag,
  inquiry, inquiry_count, calls, incident, feed, run, inbox, density_delta, density_day, density_series,
      density_cell,
  tile_touch, tile_version, decision to ikomek_etl;
grant insert on incident_event, change, reject, audit, setting to ikomek_etl;
grant update, delete on reject to ikomek_etl;
grant update on setting, change, change_position to ikomek_etl;
grant select, insert, update on personal.inquiry_text to ikomek_etl;

grant insert, update on inbox, decision, incident, {ACCOUNTS} to ikomek_web;
grant delete on user_session to ikomek_web;
grant insert on incident_event, change, audit to ikomek_web;
grant update on change, change_position to ikomek_web;
grant select on personal.inquiry_text to ikomek_web;

grant select, insert, update, delete on {PLANS} to ikomek_editor;
grant insert on change, audit, incident_event to ikomek_editor;

grant usage on all sequences in schema public to ikomek_web, ikomek_etl, ikomek_editor;
"""

TOUCH_TILES = """
create function touch_tiles() returns trigger language plpgsql security definer set search_path = public,
    pg_temp as $$
-- The z10 tiles (Web Mercator, y down) under the rows of transition table `changed`: argument 1 the layer, 2 the geometry in EPSG:3857.
declare
  half constant float := 20037508.342789244;
  side constant float := 2 * half / 1024;
begin
  execute format('insert into tile_touch (region, layer, x10, y10)
    select distinct region, %L, x, y
    from (select region, %s as g from changed) as c,
      generate_series(floor((ST_XMin(g) + %s) / %s)::int, floor((ST_XMax(g) + %s) / %s)::int) as x,
      generate_series(floor((%s - ST_YMax(g)) / %s)::int, floor((%s - ST_YMin(g)) / %s)::int) as y
    where g is not null', tg_argv[0], tg_argv[1], half, side, half, side, half, side, half, side);
  return null;
end $$"""  # noqa: E501
TILED = {
    "basemap_feature": ("basemap", "geom_3857"),
    "district": ("districts", "geom_3857"),
    "precinct": ("precincts", "geom_3857"),
    "building": ("buildings", "ST_Collect(point_3857, footprint_3857::geometry)"),
}
CHANGED = {"insert": ("new",), "delete": ("old",), "update": ("new", "old")}


def _touch_on_change() -> None:
    """A statement trigger for each way a row can change (a transition table allows one event a trigger):
    what was and what is."""
    op.execute(TOUCH_TILES)
    for table, (layer, geometry) in TILED.items():
        for event, sides in CHANGED.items():
            for side in sides:
                op.execute(f"""
                    create trigger touch_{event}_{side} after {event}
                        on {table} referencing {side} table as changed
                    for each statement execute function touch_tiles('{layer}', '{geometry}')""")


def upgrade() -> None:
    for role in ("web", "etl", "reader", "editor"):
        # On the private cluster they sign in by the socket's peer; elsewhere the one given login is made a
        # member and does SET ROLE.
        op.execute(f"""
            do $$ begin
              if not exists (select from pg_roles where rolname = 'ikomek_{role}')
                  then create role ikomek_{role} login; end if;
              if current_user <> 'ikomek_{role}' then execute format('grant ikomek_{role} to %I',
                  current_user); end if;
            end $$""")
    op.execute(GRANTS)
    op.execute("revoke select on app_user, user_session from ikomek_etl, ikomek_reader, ikomek_editor")
    op.execute("alter role ikomek_reader set default_transaction_read_only = on")
    _touch_on_change()
