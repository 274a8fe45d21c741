"""Two regions find who is in both lists: all of them, nobody else, and nothing that could be looked up; what
is decided on each; files that are not what they should be are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from etl.demo.voters.writing import InventedList
from geo.audit.records import record_audit
from geo.errors import InvalidInput, NotFound
from geo.loading.binary_rows import copy_rows
from geo.loading.staging import driver_cursor
from geo.settings import City, Settings
from geo.voters.importing import CLOSE_TABLE, MAKE_TABLE
from geo.voters.keys import KeyRing
from geo.voters.regions import doubles, files
from geo.voters.regions.blinding import COMPRESSED, POINT_BYTES, Blinder, point_of
from geo.voters.regions.steps import Finished, RegionSide
from geo.voters.rows import VoterRow
from geo.voters.staging import NEW_PERSON, RowSealer
from tests.geo.voters.conftest import Ask
from tests.support.voters_list import approve, load, write

NEW = text("""insert into voters.list_version (region, state, key_id, file_sha256, voting_day, loaded_by)
    values (:region, 'current', :key, '\\x00', '2027-03-14', 'aigerim') returning id""")
numbers_of_lists = st.sets(st.integers(0, 40).map(lambda n: f"9{n:011}"), max_size=12)


@dataclass
class Side:
    """A region with its own keys, on the database of both."""

    engine: Engine
    city: City
    ring: KeyRing

    def list(self, numbers: set[str]) -> None:
        """A list in force of these persons; one from before goes."""
        key = self.ring.create()
        self.ring.settle(key)
        born = date(1985, 4, 17)
        with self.engine.begin() as connection:
            connection.execute(
                text("""update voters.list_version set state = 'superseded'
                    where region = :region and state = 'current'"""),
                {"region": self.city.region},
            )
            list_id = connection.scalar(NEW, {"region": self.city.region, "key": key.id})
            record_audit(connection, "aigerim", "voters.imported", list=list_id)
            sealer = RowSealer(self.city.region, list_id, key, None)
            rows = [
                VoterRow(n, number, "Тегі", "Аты", "", "17.04.1985", "Абая 1", "")
                for n, number in enumerate(sorted(numbers), 1)
            ]
            persons = [sealer.person(row, born, "", None, None) for row in rows]
            connection.execute(MAKE_TABLE, {"list": list_id})
            copy_rows(driver_cursor(connection), NEW_PERSON.format(list_id), persons)
            connection.execute(CLOSE_TABLE, {"list": list_id})

    def run(self, step: Callable[[RegionSide], object]) -> object:
        with self.engine.begin() as connection:
            done = step(RegionSide(connection, self.city, self.ring, "aigerim"))
        if isinstance(done, Finished):
            self.ring.destroy(done.key)
            return done
        self.ring.settle(done[1])
        return done[0]

    def found(self, comparison: int) -> set[str]:
        """The numbers of the doubles, opened."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text("""select d.hash, p.iin, l.key_id from voters.region_double d
                    join voters.comparison c on c.region = d.region and c.id = d.comparison_id
                    join voters.list_version l on l.region = d.region and l.id = c.list_id
                    join voters.person p on p.region = d.region and p.list_id = l.id and p.hash = d.hash
                    where d.region = :region and d.comparison_id = :comparison"""),
                {"region": self.city.region, "comparison": comparison},
            ).all()
        return {self.ring.get(row.key_id).open("iin", bytes(row.hash), bytes(row.iin)) for row in rows}


@pytest.fixture
def sides(demo_copy: Settings, voters: Engine, tmp_path: Path) -> tuple[Side, Side]:
    other = replace(demo_copy, voters_keys=tmp_path / "other-keys")
    return (
        Side(voters, demo_copy.city, KeyRing.of(demo_copy)),
        Side(voters, replace(demo_copy.city, region="75"), KeyRing.of(other)),
    )


names = count()


@dataclass
class Exchange:
    """A comparison, whole: the three files, and what each side found."""

    files: tuple[Path, Path, Path]
    first: Finished
    second: Finished


def exchange(a: Side, b: Side, folder: Path) -> Exchange:
    begun, answered, returned = (folder / f"{next(names)}.cmp" for _ in range(3))
    a.run(lambda side: side.begin(b.city.region, begun))
    b.run(lambda side: side.answer(begun, a.city.region, 10_000, answered))
    first = a.run(lambda side: side.finish_as_first(answered, returned))
    second = b.run(lambda side: side.finish_as_second(returned, answered))
    assert isinstance(first, Finished) and isinstance(second, Finished)
    return Exchange((begun, answered, returned), first, second)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ours=numbers_of_lists, theirs=numbers_of_lists)
def test_both_find_exactly_the_common_persons(
    sides: tuple[Side, Side], tmp_path: Path, ours: set[str], theirs: set[str]
) -> None:
    a, b = sides
    a.list(ours)
    b.list(theirs)
    done = exchange(a, b, tmp_path)
    assert a.found(done.first.comparison) == b.found(done.second.comparison) == ours & theirs
    for side, own, other in ((done.first, ours, theirs), (done.second, theirs, ours)):
        assert (side.doubles, side.own_rows, side.other_rows) == (len(ours & theirs), len(own), len(other))


def test_nothing_in_the_files_is_found_by_trying_every_number(
    sides: tuple[Side, Side], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who knows all numbers and the session, and neither secret, finds none of them; who knows a secret finds
    all: the test can fail."""
    a, b = sides
    everybody = [f"9{n:011}" for n in range(60)]
    a.list(set(everybody[:40]))
    b.list(set(everybody[20:]))
    secrets: list[bytes] = []
    real = Blinder.__init__

    def noting(self: Blinder, secret: bytes, session: bytes) -> None:
        secrets.append(secret)
        real(self, secret, session)

    monkeypatch.setattr(Blinder, "__init__", noting)
    done = exchange(a, b, tmp_path)
    monkeypatch.undo()
    points: set[bytes] = set()
    for path in done.files:
        file = files.read(path)
        points |= {*file.own(), *file.doubled()}
    session = bytes.fromhex(files.read(done.files[0]).header.session)
    assert {Blinder(secrets[0], session).blind(number) for number in everybody[:40]} <= points
    stranger = Blinder(bytes(32), session)
    for number in everybody:
        unblinded = point_of(session, number).public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        tried = {
            unblinded[1:],
            stranger.blind(number),
            *(sha256(prefix + number.encode()).digest() for prefix in (b"", session)),
        }
        assert not tried & points
    assert not any(number.encode() in path.read_bytes() for path in done.files for number in everybody)
    again = exchange(a, b, tmp_path)
    assert not set(files.read(again.files[0]).own()) & points, "a secret serves one comparison"
    assert not list(a.ring.folder.glob("*.pending"))


def test_a_secret_is_destroyed_when_it_is_finished_and_it_is_recorded(
    sides: tuple[Side, Side], tmp_path: Path, ask: Ask
) -> None:
    a, b = sides
    a.list({"900000000001"})
    b.list({"900000000001"})
    begun = tmp_path / "begun.cmp"
    a.run(lambda side: side.begin("75", begun))
    open_key = ask("select key_id from voters.comparison")[0].key_id
    assert (a.ring.folder / f"{open_key}.key").exists()
    answered, returned = tmp_path / "answered.cmp", tmp_path / "returned.cmp"
    b.run(lambda side: side.answer(begun, "71", 1, answered))
    a.run(lambda side: side.finish_as_first(answered, returned))
    assert not (a.ring.folder / f"{open_key}.key").exists()
    with pytest.raises(NotFound, match=r"compare\.unknown"):
        a.run(lambda side: side.finish_as_first(answered, tmp_path / "twice.cmp"))
    recorded = ask("select what, parameters from audit where what like 'voters.compare%' order by id")
    assert [row.what for row in recorded] == [
        *("voters.compare_sent", "voters.compare_sent", "voters.compared_regions")
    ]
    assert recorded[0].parameters["hash"] == sha256(begun.read_bytes()).hexdigest()


def test_files_that_are_not_what_they_should_be_are_refused(sides: tuple[Side, Side], tmp_path: Path) -> None:
    a, b = sides
    a.list({"900000000001", "900000000002"})
    b.list({"900000000001"})
    begun, out = tmp_path / "begun.cmp", tmp_path / "out.cmp"
    a.run(lambda side: side.begin("75", begun))

    def refused(code: str, received: Path, other: str = "71", most: int = 10) -> None:
        with pytest.raises(InvalidInput, match=code):
            b.run(lambda side: side.answer(received, other, most, out))
        assert not out.exists() or out.unlink() is None

    refused(r"compare\.rows", begun, most=1)
    refused(r"compare\.region", begun, other="72")
    body = begun.read_bytes()
    broken = tmp_path / "broken.cmp"
    for damaged in (
        body[:-1],
        body + b"x",
        b"not json\n",
        b"",
        body.replace(b"ikomek109-compare/1", b"other"),
    ):
        broken.write_bytes(damaged)
        refused(r"compare\.file", broken)
    off = next(x for x in (sha256(bytes([n])).digest() for n in range(256)) if not on_curve(x))
    broken.write_bytes(body[:-POINT_BYTES] + off)
    refused(r"compare\.point", broken)
    with pytest.raises(InvalidInput, match=r"compare\.step"):
        a.run(lambda side: side.finish_as_first(begun, out))
    with pytest.raises(InvalidInput, match=r"compare\.self"):
        a.run(lambda side: side.begin("71", out))
    with pytest.raises(FileExistsError):
        a.run(lambda side: side.begin("75", begun))


def on_curve(x: bytes) -> bool:
    try:
        Blinder(bytes(32), b"").blind_again(x)
    except InvalidInput:
        return False
    return len(COMPRESSED + x) == POINT_BYTES + 1


def test_who_is_struck_off_is_refused_in_the_next_list(
    demo_copy: Settings,
    sides: tuple[Side, Side],
    people: InventedList,
    file: Path,
    ask: Ask,
    voters: Engine,
    tmp_path: Path,
) -> None:
    a, b = sides
    approve(demo_copy, load(demo_copy, file).id)
    sound = [line for line in people.lines if line.building and not line.fault and not line.also]
    numbers = [line.cells["ИИН"] for line in sound[:3]]
    b.list(set(numbers))
    done = exchange(a, b, tmp_path)
    assert a.found(done.first.comparison) == set(numbers)
    with voters.begin() as connection:
        shown = doubles.open_doubles(connection, demo_copy.city, a.ring, "aigerim", 10)
        assert {one.iin for one in shown} == {f"**********{number[-2:]}" for number in numbers}
        for reason in ("", "x" * 201, "см. 850417300122"):
            with pytest.raises(InvalidInput, match=r"compare\.reason"):
                doubles.decide(connection, demo_copy.city, shown[0].id, "struck", reason, "aigerim")
        with pytest.raises(NotFound, match=r"compare\.double"):
            doubles.decide(connection, demo_copy.city, 10**6, "struck", "moved", "aigerim")
        doubles.decide(connection, demo_copy.city, shown[0].id, "struck", "moved", "aigerim")
        doubles.decide(connection, demo_copy.city, shown[1].id, "stays", "lives here", "aigerim")
        assert doubles.count_open(connection, demo_copy.city.region) == 1
    struck = next(line for line in sound[:3] if shown[0].iin[-2:] == line.cells["ИИН"][-2:])
    whole = dict(struck.cells)
    for slip in ({"ИИН": "x"}, {"Адрес регистрации": ""}):
        struck.cells |= slip
        third = load(demo_copy, write(InventedList(people.lines), tmp_path / "slip.csv")).id
        (version,) = ask("select * from voters.list_version where id = :list", list=third)
        hash_ = a.ring.get(version.key_id).lookup(whole["ИИН"])
        assert version.kept == 0, "neither by the number nor by the name"
        assert not ask(
            "select from voters.person where list_id = :list and hash = :hash", list=third, hash=hash_
        )
        struck.cells |= whole
    second = load(demo_copy, write(InventedList(people.lines[:-1]), tmp_path / "2.csv")).id
    gone = ask(
        "select iin, hash from voters.refusal where list_id = :list and code = 'struck_off'", list=second
    )
    assert len(gone) == 1, "once, and not kept from the list before"
    assert not ask(
        "select from voters.person where list_id = :list and hash = :hash", list=second, hash=gone[0].hash
    )
    version = ask("select * from voters.list_version where id = :list", list=second)[0]
    assert version.checks["struck_off"]["count"] == 1 if "struck_off" in version.checks else version.refused
    with voters.begin() as connection:
        doubles.undo(connection, demo_copy.city, shown[0].id, "daulet")
        doubles.decide(connection, demo_copy.city, shown[0].id, "stays", "came back", "daulet")
        assert not doubles.struck_off(connection, demo_copy.city.region)
