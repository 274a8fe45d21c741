"""Incidents as service requests of Open311, within the kinds of a key, the newest first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.contacts import without_contacts
from geo.errors import InvalidInput, NotFound
from geo.exchange.keys import ApiClient
from geo.incidents.cases.proof import STANDS
from geo.settings import City
from layers.open311.filters import RequestFilter
from layers.reading import snapshot
from layers.scope import Scope

COLUMNS = """
    select i.id, i.status, i.kind, i.opened_at, i.due_at, i.closed_at, i.title, i.address,
        st_y(i.point_4326) as lat, st_x(i.point_4326) as lon, c.key as code, c.name_{lang} as service,
        p.name_{lang} as agency, k.outcome, k.paused_at is not null as paused,
        coalesce((select max(e.recorded_at) from incident_event e where e.region = i.region
            and e.incident_id = i.id), i.opened_at) as updated_at,
        case when i.source = 'open311' then (select min(f.action_id) from incident_proof f
            join incident_action a on a.region = f.region and a.id = f.action_id
            where f.region = i.region and f.incident_id = i.id and a.who = :client
                and {stands}) end as picture
    from incident i left join category c on c.id = i.category_id
        left join performer p on p.id = coalesce(i.performer_id, c.performer_id)
        left join incident_case k on k.region = i.region and k.incident_id = i.id
    where i.region = :region and {where}"""
"""`picture`: one that the client itself has sent; those of officers and other clients may show people."""
TOKEN = text("""
    select incident_id from incident_action where region = :region and who = :client
        and key = :token and verb = 'create'""")


def list_requests(
    engine: Engine, city: City, client: ApiClient, wanted: RequestFilter, lang: str
) -> list[dict[str, Any]]:
    """One page of rows of `COLUMNS`."""
    with snapshot(engine) as connection:
        rows = f"{wanted.where} order by i.opened_at desc, i.id desc limit :limit offset :offset"
        span = {"limit": wanted.page_size, "offset": (wanted.page - 1) * wanted.page_size}
        return _read(connection, city, client, rows, {**wanted.bound, **span}, lang)


def read_request(engine: Engine, city: City, client: ApiClient, id_: int, lang: str) -> dict[str, Any]:
    """Raises `NotFound` ("open311.request"), also for one outside the client's scope."""
    with snapshot(engine) as connection:
        rows = _read(connection, city, client, "i.id = :id and i.vanished_at is null", {"id": id_}, lang)
    if not rows:
        raise NotFound("open311.request", request=id_)
    return rows[0]


def find_by_token(engine: Engine, city: City, client: ApiClient, token: str) -> int:
    """The incident that the client's request of this token became. Raises `NotFound` ("open311.token")."""
    with snapshot(engine) as connection:
        bound = {"region": city.region, "client": client.principal.name, "token": token}
        found = connection.execute(TOKEN, bound).scalar()
    if found is None:
        raise NotFound("open311.token", token=token[:80])
    return found


def _read(
    connection: Connection, city: City, client: ApiClient, where: str, bound: dict[str, Any], lang: str
) -> list[dict[str, Any]]:
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])
    allowed, scoped = Scope.of(client.principal).where()
    statement = COLUMNS.format(lang=lang, stands=STANDS.replace("p.", "f."), where=f"{allowed} and {where}")
    bound = {**bound, **scoped, "region": city.region, "client": client.principal.name}
    rows = connection.execute(text(statement), bound).mappings()
    return [{**row, "title": without_contacts(row["title"] or "") or None} for row in rows]
