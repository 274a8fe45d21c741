"""A flood is told from a busy hour by the history of that kind and hour of the week."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import Engine, event, text

from geo.settings import Settings
from layers.panels import floods
from layers.panels.kinds import FLOODS, PanelDesk
from layers.panels.requests import PanelRequest
from layers.scope import Scope

INCIDENTS = text("""
    insert into incident (region, source, source_id, kind, source_status, status, priority, opened_at,
        district_id, point_4326)
    select '71', 't', :name || n, :kind, 'open', case when n % 10 = 0 then 'in_progress' else 'open' end, case
        when n % 50 = 0 then 1 else 0 end,
        now() - :ago * interval '1 second' + n * :span / :count * interval '1 second', 1 + n % 2, case
            when n % 4 > 0 then st_setsrid(st_makepoint(71.4, 51.1), 4326) end
    from generate_series(1, :count) n""")
DISTRICTS = text("""insert into district (region, id, key, name_kk, name_ru, name_en, valid_from, geom_4326,
    geom_3857)
    select '71', n, 'd' || n, 'a' || n, 'р' || n, 'd' || n, '2020-01-01', st_multi(b),
        st_multi(st_transform(b, 3857))
    from generate_series(1, 2) n, st_makeenvelope(71.3 + n, 51, 71.4 + n, 51.1, 4326) b""")


def come(owner: Engine, kind: str, count: int, ago_s: float, span_s: float, name: str) -> None:
    with owner.begin() as connection:
        connection.execute(
            INCIDENTS, {"kind": kind, "count": count, "ago": ago_s, "span": span_s, "name": name}
        )


@pytest.fixture
def city(owner: Engine) -> Engine:
    """Twelve weeks in which police comes with 3 in ten minutes and 109 with 12, at this hour."""
    with owner.begin() as connection:
        connection.execute(DISTRICTS)
    for week in range(1, 13):
        for kind, count in (("police", 24), ("service", 96)):
            come(owner, kind, count, week * 7 * 86400 + 2400, 4790, f"{kind}{week}-")
    return owner


def first_minute(owner: Engine) -> int:
    """When the minute of the burst's first row began."""
    with owner.begin() as connection:
        first = "select extract(epoch from min(opened_at))::float from incident where source_id like 'burst%'"
        return int(connection.execute(text(first)).scalar_one() // 60 * 60)


def read(reader: Engine, settings: Settings, scope: Scope = Scope()) -> list[dict]:
    return moments(PanelDesk(keep_s=0), reader, settings, scope)[-1]["floods"]


def moments(desk: PanelDesk, reader: Engine, settings: Settings, scope: Scope = Scope()) -> list[dict]:
    request = {"0": (FLOODS, PanelRequest(settings.city, scope, "ru"))}
    return desk.ask(reader, request)["0"]["figures"]["moments"]


def test_a_burst_of_2000_is_one_flood_whose_parts_add_up(
    city: Engine, reader: Engine, settings: Settings
) -> None:
    come(city, "police", 2000, 240 + time.time() % 60, 235, "burst")
    come(city, "service", 14, 590, 580, "ordinary")
    [flood] = read(reader, settings)
    assert (flood["kind"], flood["count"]) == ("police", 2000)
    assert flood["minutes"] in (4, 5), "the running minute counts once its first moment is over"
    assert flood["since"] == first_minute(city)
    assert sum(part["n"] for part in flood["districts"]) == 2000 and {
        part["name"] for part in flood["districts"]
    } == {"р1", "р2"}
    for name in ("urgent", "waiting"):
        assert sum(part[name] for part in flood["districts"]) == flood[name]
    assert {(part["key"], part["name"]) for part in flood["districts"]} == {("d1", "р1"), ("d2", "р2")}
    assert (
        sum(flood["per_minute"]) == 2000
        and len(flood["per_minute"]) == 30
        and flood["per_minute"][:24] == [0] * 24
    )
    assert (flood["urgent"], flood["waiting"], flood["nowhere"]) == (40, 1800, 500)
    assert flood["usual"] == pytest.approx(3, abs=0.2) and 10 <= flood["limit"] < 15


def test_what_is_ordinary_at_this_hour_is_no_flood_though_it_is_more_than_ten(
    city: Engine, reader: Engine, settings: Settings
) -> None:
    """Inquiries bring a dozen in ten minutes: by the number alone such a flood would never end."""
    come(city, "service", 20, 590, 580, "busy")
    assert read(reader, settings) == []
    come(city, "service", 30, 580, 570, "burst")
    assert [flood["kind"] for flood in read(reader, settings)] == ["service"]
    assert read(reader, settings, Scope(kinds=frozenset({"police"}))) == [], (
        "nobody is told of what is not in his scope"
    )


def test_a_flood_is_over_ten_minutes_after_its_last_window(
    city: Engine, reader: Engine, settings: Settings
) -> None:
    come(city, "police", 300, 870, 120, "burst")
    [flood] = read(reader, settings)
    assert (flood["count"], flood["since"]) == (300, first_minute(city)) and flood["minutes"] in (15, 16)
    with city.begin() as connection:
        connection.execute(
            text(
                "update incident set opened_at = opened_at - interval '10 minutes' where source_id "
                "like 'burst%'"
            )
        )
    assert read(reader, settings) == []


def test_a_flood_is_told_as_of_full_moments_and_a_moment_is_told_once(
    owner: Engine, reader: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes within a moment that was told already waits for the next one: who asks later hears of
    the same floods as who statements first."""
    with reader.connect() as connection:
        now = connection.execute(text(floods.MOMENT)).scalar_one()
    desk, heard = PanelDesk(keep_s=0), []
    for moment, more in ((now, 0), (now, 40), (now + floods.STEP_S, 0), (now + 30, 0)):
        if more:
            come(owner, "police", more, 300, 240, "burst")
        monkeypatch.setattr(floods, "MOMENT", f"select {moment}::bigint")
        heard.append(moments(desk, reader, settings))
    first, again, later, last = heard
    assert now % floods.STEP_S == 0 and first == again == [{"moment": now, "floods": []}]
    assert later[0] == first[0] and [flood["count"] for flood in later[1]["floods"]] == [40]
    assert [one["moment"] for one in last] == [now + 30], "what is long past is let go"


def test_whoever_asks_whenever_hears_of_the_same_start_and_the_same_peak(
    city: Engine, reader: Engine, settings: Settings
) -> None:
    """Rows of one minute of the clock, in its middle, and a few of the next; statements all the while."""
    come(city, "police", 500, 240 + time.time() % 60 - 27, 22, "burst")
    come(city, "police", 30, 180 + time.time() % 60, 50, "burst-later")
    begins, answers = first_minute(city), set()
    with reader.connect() as connection:
        for at in range(begins + 120, begins + 660, 5):
            [flood] = floods.floods(connection, PanelRequest(settings.city, Scope(), "ru"), at)
            counts = flood["per_minute"]
            peak = at // 60 - (len(counts) - 1 - counts.index(max(counts)))
            answers.add((flood["since"], flood["count"], max(counts), peak * 60))
            assert flood["minutes"] == -((begins - at) // 60)
    assert answers == {(begins, 530, 500, begins)}


def test_without_history_the_number_alone_decides(owner: Engine, reader: Engine, settings: Settings) -> None:
    come(owner, "police", 11, 300, 290, "few")
    [flood] = read(reader, settings)
    assert (flood["usual"], flood["limit"], flood["count"]) == (None, 10, 11)


@pytest.mark.parametrize(
    ("windows", "mean", "limit"),
    [([8] * 72, 8, 18), ([0] * 72, 0, 0), ([2, 2, 2, 3] * 18, 2.25, 8), ([2] * 71 + [500], 2.22, 10)],
)
def test_the_limit_is_that_of_the_distribution(windows: list[int], mean: float, limit: int) -> None:
    found = floods.limit_of(windows)
    assert found[0] == pytest.approx(mean, abs=0.01) and abs(found[1] - limit) <= 1


def test_the_beginning_is_where_the_counts_rise() -> None:
    assert floods.began([0, 400, 500, 521, 480, 99, 0, 1, 0, 0, *[0] * 30], lambda ago: 10) == 6
    assert floods.began([1, 0, 1, 0, 1, 0, 0, 1, 1, 0, *[1] * 30], lambda ago: 10) == 0


def test_what_is_usual_is_read_once_in_a_window_of_the_clock(
    city: Engine, reader: Engine, settings: Settings
) -> None:
    """Lists and walls of one scope share it; another scope and the next window have their own."""
    statements: list[str] = []
    event.listen(reader, "before_cursor_execute", lambda *call: statements.append(call[2]))
    everything, police = Scope(), Scope(kinds=frozenset({"police"}))
    with reader.connect() as connection:
        now = connection.execute(text("select extract(epoch from now())::float")).scalar_one()
        window = now // 600 * 600 + 600
        come(city, "police", 300, now - window + 60, 120, "burst")

        def history(scope: Scope, seconds: int) -> int:
            """How often it is read at so many seconds of the window."""
            statements.clear()
            [_] = floods.floods(connection, PanelRequest(settings.city, scope, "ru"), int(window) + seconds)
            return sum("generate_series" in statement for statement in statements)

        assert history(everything, 120) == 1
        assert history(everything, 125) == history(everything, 120) == 0
        assert history(police, 120) == 1 and history(police, 130) == 0
        assert history(everything, 600) == 1, "the next window has other weeks behind it"


@pytest.mark.parametrize("hours", [1, 3, 11])
def test_a_flood_begins_where_it_began_however_long_it_lasts(
    city: Engine, reader: Engine, settings: Settings, hours: int
) -> None:
    """At every hour of it, also where another number is usual."""
    minutes = hours * 60
    come(city, "police", 5 * minutes, 60 * minutes + time.time() % 60 - 5, 60 * minutes - 30, "burst")
    begins, answers = first_minute(city), set()
    with reader.connect() as connection:
        for at in range(begins + 600, begins + 60 * minutes, 1500):
            for flood in floods.floods(connection, PanelRequest(settings.city, Scope(), "ru"), at):
                answers.add((flood["kind"], flood["since"]))
    assert answers == {("police", begins)}
