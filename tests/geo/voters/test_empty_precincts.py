"""A precinct that a list leaves without voters is said before the approval, stands on the page, and in the
package among those that have borders."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine

from etl.demo.voters.writing import InventedList
from etl.voters.files import geopackage
from geo.audit.keys import open_signer
from geo.database import connect_engine
from geo.plans.export import precincts
from geo.plans.model import plan_in_force
from geo.settings import Settings
from geo.voters import approval
from geo.voters.compare import by_precinct
from geo.voters.keys import KeyRing
from geo.voters.package.borders import BORDERS
from geo.voters.package.export import as_bytes, export, signature_file
from geo.voters.package.verify import compare, read_precinct, verify
from tests.geo.voters.conftest import Ask
from tests.support.voters_list import approve, load, write

LARGEST = """select p.id, p.number, p.voters from precinct p join plan l on l.id = p.plan_id
    and l.state = 'published' order by p.voters desc limit 1"""
HOUSES = "select building_id from assignment where precinct_id = :precinct"


def without(settings: Settings, people: InventedList, ask: Ask) -> tuple[int, int, int]:
    """The largest precinct with its number and voters; nobody of the list lives there any more."""
    precinct, number, had = ask(LARGEST)[0]
    houses = {row.building_id for row in ask(HOUSES, precinct=precinct)}
    people.lines[:] = [line for line in people.lines if line.building not in houses and not line.also]
    return precinct, number, had


@pytest.mark.parametrize("first", [True, False])
def test_a_precinct_without_voters_is_there_and_flagged(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask, first: bool
) -> None:
    if not first:
        approve(demo_copy, load(demo_copy, file).id)
    precinct, _, had = without(demo_copy, people, ask)
    assert had >= 100
    done = load(demo_copy, write(people, file.with_name("less.csv")))
    city = demo_copy.city
    with voters.begin() as connection:
        rows = {row.id: row for row in by_precinct(connection, city, done.id)}
        flags = [one for one in approval.flags(connection, city.region, done.id) if one.level == "precinct"]
    everywhere = {
        row.id
        for row in ask(
            "select p.id from precinct p join plan l on l.id = p.plan_id and l.state = 'published'"
        )
    }
    assert rows.keys() - {None} == everywhere and rows[precinct].after == 0
    ours = [(one.code, one.after) for one in flags if one.of_id == precinct]
    assert ours == [("emptied", 0)]
    before = next(one.before for one in flags if one.of_id == precinct)
    assert before == (had if first else rows[precinct].before) >= 100


def test_a_package_has_every_precinct_that_has_borders(
    demo_copy: Settings, people: InventedList, file: Path, voters: Engine, ask: Ask, tmp_path: Path
) -> None:
    _, number, _ = without(demo_copy, people, ask)
    done = load(demo_copy, write(people, file))
    approve(demo_copy, done.id)
    city, ring = demo_copy.city, KeyRing.of(demo_copy)
    reader = connect_engine(demo_copy, "reader", pool_size=1)
    with reader.connect() as connection:
        borders = precincts(connection, city, plan_in_force(connection, city) or 0)
    reader.dispose()

    def papers(manifest: object) -> dict[str, bytes]:
        return {BORDERS: geopackage(borders, datetime.fromisoformat("2027-01-01T00:00:00+05:00"))}

    with voters.begin() as connection:
        made = export(connection, city, ring, done.id, tmp_path / "package", "aigerim", papers)
        assert compare(connection, city, ring, made.folder) == 0
    found = verify(made.folder)
    assert found.faults == []
    (ours,) = [one for one in found.manifest["precincts"] if one["number"] == str(number)]
    assert ours == {"number": str(number), "voters": 0, "root": sha256(b"").hexdigest()}
    assert read_precinct(made.folder, str(number)).rows == []
    assert {one["number"] for one in found.manifest["precincts"]} - {""} == {
        str(row["number"]) for row in borders if row.get("number")
    }

    manifest = json.loads((made.folder / "manifest.json").read_bytes())
    manifest["precincts"].remove(ours)
    for suffix in (".xml", ".csv"):
        name = f"precincts/{number}{suffix}"
        (made.folder / name).unlink()
        del manifest["files"][name]
    body = as_bytes(manifest)
    (made.folder / "manifest.json").write_bytes(body)
    (made.folder / "manifest.sig").write_bytes(signature_file(open_signer(ring.folder).sign(body)))
    assert verify(made.folder).faults == [("borders", str(number))]
