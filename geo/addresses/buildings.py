"""Buildings as a refusal names them: by their addresses in the city's two languages, never by the ids of the
database."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, text

MOST = 5
"""A sentence names so many; of the rest it says how many there are."""

READ = text("""select wanted.id, coalesce(street_kk, street_ru) as street_kk,
        coalesce(street_ru, street_kk) as street_ru, house
    from unnest(cast(:ids as bigint[])) with ordinality wanted (id, nth)
    left join building b on b.region = :region and b.id = wanted.id order by nth""")


def addresses(connection: Connection, region: str, ids: Collection[int]) -> dict[str, str]:
    """{"kk", "ru"}: the addresses of the first five in the order of `ids`, then "… (12)" where there are
    more; one without an address by its id."""
    rows = connection.execute(READ, {"region": region, "ids": list(ids)[:MOST]}).all()
    rest = f" … ({len(ids)})" if len(ids) > MOST else ""
    return {
        lang: "; ".join(_address(getattr(row, f"street_{lang}"), row.house, row.id) for row in rows) + rest
        for lang in ("kk", "ru")
    }


def _address(street: str | None, house: str | None, building: int) -> str:
    return ", ".join(part for part in (street, house) if part) or str(building)
