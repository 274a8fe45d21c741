from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from etl.demo.channels import CHANNEL_KEYS, channels_of
from etl.demo.facts import yearly
from etl.demo.facts.topics import SEASONS, TOPIC_SHARES
from etl.demo.history import KINDS, fines, incident_counts, make_kind, make_year, topic_counts
from etl.demo.locations import LocationWeights
from etl.demo.present import settle
from etl.demo.records import microseconds
from etl.demo.rhythm import DAY_US, Clock, day_weights, draw_instants
from etl.demo.scales import find_scale
from etl.demo.topics import by_key, categories

UNTIL = datetime(2026, 11, 22, 16, 14, tzinfo=UTC)
CLOCK = Clock(ZoneInfo("Asia/Almaty"), microseconds(UNTIL))
WEIGHTS = LocationWeights(np.full(200, 60.0), np.full(200, 9), 1)
PUBLISHED = {2020: 2_197_783, 2021: 2_490_052, 2022: 2_274_603, 2023: 2_262_655, 2024: 2_326_254}
PUBLISHED_OF_KINDS = {
    2020: (17_364, 6_191, 0, 0),
    2021: (17_198, 7_807, 0, 0),
    2022: (13_517, 9_561, 0, 0),
    2023: (26_768, 10_301, 19_384, 52_573_626),
    2024: (32_814, 8_590, 21_173, 34_704_800),
}
"""Police, emergencies, offences and their fines in tenge."""


@pytest.mark.parametrize(("year", "published"), PUBLISHED.items())
def test_yearly_inquiries_and_one_take_at_full_scale(year: int, published: int) -> None:
    counts = topic_counts(year, yearly.INQUIRIES[year], find_scale("full"))
    assert counts.sum() == published
    assert incident_counts(counts).sum() == published - int(published * 0.82 + 0.5)


def test_topics_and_channels_of_2024_as_published() -> None:
    full = find_scale("full")
    counts = dict(zip(TOPIC_SHARES, topic_counts(2024, yearly.INQUIRIES[2024], full).tolist()))
    assert {key: counts[key] for key in yearly.TOPICS_2024} == yearly.TOPICS_2024
    channels = np.bincount(
        channels_of(2024, yearly.INQUIRIES[2024], full, np.random.default_rng(1)), minlength=len(CHANNEL_KEYS)
    )
    assert {key: int(n) for key, n in zip(CHANNEL_KEYS, channels) if key in yearly.CHANNELS_2024} == {
        "telegram": 37_530,
        "instagram": 22_206,
        "facebook": 2_729,
    }
    assert channels.sum() == yearly.INQUIRIES[2024]


@pytest.mark.parametrize(("year", "published"), PUBLISHED_OF_KINDS.items())
def test_yearly_incidents_and_fines_at_full_scale(year: int, published: tuple[int, int, int, int]) -> None:
    """Every one lies in its own year of the city."""
    full, rng = find_scale("full"), np.random.default_rng(1)
    made = {kind: make_kind(kind, year, full, CLOCK, WEIGHTS, rng) for kind in KINDS[1:]}
    found = [len(incidents) for incidents in made.values()]
    assert (*found, made["offence"].fine.sum()) == published
    days = CLOCK.local_days(np.concatenate([incidents.opened for incidents in made.values()]))
    assert set(days.astype("datetime64[D]").astype("datetime64[Y]").astype(str).tolist()) == {str(year)}


@pytest.mark.parametrize("scale", ["tenth", "full"])
def test_the_year_that_is_published_up_to_a_day_is_so_up_to_that_day(scale: str) -> None:
    """Inquiries, their social channels, police and emergencies until 26 February 2025, and the whole year as
    it is carried on."""
    chosen, until = find_scale(scale), CLOCK.day_start(date(2025, 2, 27))
    made = make_year(2025, chosen, CLOCK, WEIGHTS, np.random.default_rng(1))
    early = made.inquiries.received < until
    assert early.sum() == chosen.of(361_938)
    channels = dict(zip(CHANNEL_KEYS, np.bincount(made.inquiries.channel[early]).tolist()))
    for key, n in (("telegram", 4_116), ("instagram", 2_651), ("facebook", 188)):
        assert channels[key] == chosen.of(n), key
    kinds = dict(zip(KINDS, np.bincount(made.incidents.kind[made.incidents.opened < until]).tolist()))
    assert kinds["police"] == chosen.of(3_803) and kinds["emergency"] == chosen.of(1_737)
    assert len(early) == chosen.of(yearly.INQUIRIES[2025])
    assert (
        np.bincount(made.incidents.kind)[1:]
        == [chosen.of(table[2025]) for table in (yearly.POLICE, yearly.EMERGENCIES, yearly.OFFENCES)]
    ).all()
    linked = made.inquiries.incident >= 0
    assert (made.inquiries.received[linked] >= made.incidents.opened[made.inquiries.incident[linked]]).all()
    year = CLOCK.local_days(made.inquiries.received).astype("datetime64[D]").astype("datetime64[Y]")
    assert set(year.astype(str).tolist()) == {"2025"}


def test_fines_sum_to_the_tenge() -> None:
    assert (
        fines(yearly.FINES_TENGE[2023], yearly.OFFENCES[2023], np.random.default_rng(1)).sum() == 52_573_626
    )
    assert (
        fines(yearly.FINES_TENGE[2024], yearly.OFFENCES[2024], np.random.default_rng(1)).sum() == 34_704_800
    )


@pytest.mark.parametrize("year", [2023, 2024])
def test_a_year_at_a_tenth_has_a_tenth_of_the_counts(year: int) -> None:
    made = make_year(year, find_scale("tenth"), CLOCK, WEIGHTS, np.random.default_rng(1))
    local = {
        CLOCK.local_days(times).astype("datetime64[D]").astype("datetime64[Y]").astype(str)[0]
        for times in (made.inquiries.received, made.incidents.opened)
    }
    assert local == {str(year)}
    kinds = dict(zip(KINDS, np.bincount(made.incidents.kind).tolist()))
    assert len(made.inquiries.topic) == round(yearly.INQUIRIES[year] / 10)
    assert kinds["police"] == int(yearly.POLICE[year] / 10 + 0.5) and kinds["emergency"] == int(
        yearly.EMERGENCIES[year] / 10 + 0.5
    )
    assert kinds["offence"] == int(yearly.OFFENCES[year] / 10 + 0.5) and made.incidents.fine.sum() == int(
        yearly.FINES_TENGE[year] / 10 + 0.5
    )
    assert (made.inquiries.incident < 0).mean() == pytest.approx(0.82, abs=1e-5)


def test_inquiries_belong_to_their_incidents() -> None:
    made = make_year(2024, find_scale("tenth"), CLOCK, WEIGHTS, np.random.default_rng(1))
    linked = made.inquiries.incident >= 0
    incident = made.inquiries.incident[linked]
    assert (np.bincount(incident, minlength=len(made.incidents)) == made.incidents.inquiries).all()
    assert (made.inquiries.topic[linked] == made.incidents.category[incident]).all()
    assert (made.inquiries.received[linked] >= made.incidents.opened[incident]).all()


def test_offences_begin_in_2023() -> None:
    made = make_year(2021, find_scale("tenth"), CLOCK, WEIGHTS, np.random.default_rng(1))
    assert KINDS.index("offence") not in made.incidents.kind


def test_the_running_year_is_pro_rata_and_its_last_day_at_the_full_rate() -> None:
    made = make_year(2026, find_scale("tenth"), CLOCK, WEIGHTS, np.random.default_rng(1))
    assert len(made.inquiries.topic) == pytest.approx(207_800 * CLOCK.year_passed(2026), abs=1)
    assert made.inquiries.received.max() < CLOCK.until
    last_day = (made.inquiries.received > CLOCK.until - DAY_US).sum()
    assert 4_000 < last_day < 8_000


def test_the_present_has_its_figures() -> None:
    rng = np.random.default_rng(1)
    made = make_year(2026, find_scale("tenth"), CLOCK, WEIGHTS, rng)
    present = settle(made.incidents, find_scale("tenth"), CLOCK.until, rng)
    is_open, term = present.status < 2, made.incidents.due - made.incidents.opened
    late = is_open & (made.incidents.due > 0) & (made.incidents.due < CLOCK.until)
    soon = is_open & ~late & (term > 0) & (CLOCK.until >= made.incidents.opened + 0.9 * term)
    assert 1_000 <= is_open.sum() <= 1_250
    assert late.sum() == yearly.OVERDUE_NOW and soon.sum() == yearly.DUE_SOON_NOW
    assert (is_open & (late | soon | (present.priority > 0))).sum() <= 13
    assert (present.priority[is_open] == 1).sum() == yearly.URGENT_NOW and (present.priority == 2).sum() == 1
    assert 380 <= (made.incidents.building[is_open] < 0).sum() <= 440
    assert (made.incidents.closed[~is_open] >= made.incidents.opened[~is_open]).all() and (
        made.incidents.closed < CLOCK.until
    ).all()


@pytest.mark.parametrize(
    "until",
    [
        datetime(2026, 11, 22, 16, 14, tzinfo=UTC),
        datetime(2026, 11, 18, 3, tzinfo=UTC),
        datetime(2027, 1, 6, 12, tzinfo=UTC),
    ],
)
def test_every_day_has_the_years_share_of_one_take(until: datetime) -> None:
    """A Sunday evening, a weekday morning, a year that has just begun."""
    clock = Clock(ZoneInfo("Asia/Almaty"), microseconds(until))
    inquiries = make_year(until.year, find_scale("tenth"), clock, WEIGHTS, np.random.default_rng(1)).inquiries
    last_day = inquiries.received > clock.until - DAY_US
    assert 0.80 <= (inquiries.incident[last_day] < 0).mean() <= 0.84
    assert last_day.sum() > 3_500


def test_the_last_day_is_like_its_weekday_a_week_before() -> None:
    received = make_year(
        2026, find_scale("tenth"), CLOCK, WEIGHTS, np.random.default_rng(1)
    ).inquiries.received
    day, before = (
        (received > CLOCK.until - (ago + 1) * DAY_US) & (received <= CLOCK.until - ago * DAY_US)
        for ago in (0, 7)
    )
    assert day.sum() == pytest.approx(before.sum(), rel=0.15)


def test_snow_falls_in_winter_and_mosquitoes_bite_in_summer() -> None:
    rng = np.random.default_rng(1)
    for season, months in (("snow", {12, 1, 2, 3}), ("mosquito", {5, 6, 7, 8})):
        drawn = draw_instants(
            CLOCK, 2024, 4_000, 40_000, day_weights(CLOCK, 2024, SEASONS[season], "home", rng), "home", 0, rng
        )
        month = (drawn.astype("datetime64[us]").astype("datetime64[M]").astype(int) % 12) + 1
        assert np.isin(month, list(months)).mean() > 0.7


def test_days_are_the_citys_on_both_sides_of_its_change_of_clock() -> None:
    """Astana was UTC+6 until 2024-03-01 and is UTC+5 since."""
    before, after = (microseconds(datetime(2024, month, 15, 18, 30, tzinfo=UTC)) for month in (2, 3))
    days = CLOCK.local_days(np.array([before, after])).astype("datetime64[D]").astype(str)
    assert days.tolist() == ["2024-02-16", "2024-03-15"]


def test_categories_are_a_tree_with_names_in_three_languages() -> None:
    for topic in categories():
        assert topic.name_kk and topic.name_ru and topic.name_en
        assert topic.parent is None or by_key()[topic.parent].id < topic.id
        assert topic.due_hours is None or topic.due_hours > 0
    assert set(TOPIC_SHARES) <= set(by_key())
    assert sum(share for share, _, _ in TOPIC_SHARES.values()) == pytest.approx(1.0, abs=0.02)
