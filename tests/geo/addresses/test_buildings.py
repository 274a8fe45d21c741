"""Buildings in a refusal: addresses in both languages, five of them."""

from __future__ import annotations

from sqlalchemy import Connection, text

from geo.addresses.buildings import addresses

BUILDINGS = """insert into building (region, id, source, source_id, street_kk, street_ru, house, tag_quality)
    overriding system value
    select '71', n, 'test', n, case when n <> 2 then 'Кенесары көшесі' end,
        case when n <> 3 then 'улица Кенесары' end, case when n <> 4 then n::text end, 'untagged'
    from generate_series(1, 7) n"""


def test_buildings_are_named_by_their_addresses(connection: Connection) -> None:
    connection.execute(text(BUILDINGS))
    assert addresses(connection, "71", [1]) == {"kk": "Кенесары көшесі, 1", "ru": "улица Кенесары, 1"}
    assert addresses(connection, "71", [3, 2])["ru"] == "Кенесары көшесі, 3; улица Кенесары, 2"
    assert addresses(connection, "71", [2, 4])["kk"] == "улица Кенесары, 2; Кенесары көшесі"
    assert addresses(connection, "71", [99]) == {"kk": "99", "ru": "99"}, (
        "not there: nothing else is known of it"
    )
    many = addresses(connection, "71", [7, 6, 5, 4, 3, 2, 1])["ru"]
    assert many.count(";") == 4 and many.startswith("улица Кенесары, 7; ") and many.endswith(" … (7)")
