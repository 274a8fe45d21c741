"""What people read in place of keys, ids, ISO times and bytes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from dashboard import words
from dashboard.words import code_words

ASTANA = timezone(timedelta(hours=5))


def in_words_of(code: str, lang: str, **parameters: object) -> str:
    return code_words(code, parameters, lang).replace("\u00a0", " ")


def test_states_and_checks_are_in_words() -> None:
    assert (
        in_words_of("plan.state", "ru", state="draft", to="published", who="aidos", at="–")
        == "План в состоянии «черновик» (aidos, –) нельзя перевести в состояние «опубликован»."
    )
    assert in_words_of("plan.checks_block", "ru", checks={"gaps": 2, "no_precinct": 5}).endswith(
        "исправьте: Разрывы (2), Дома без участка (5)."
    )
    assert in_words_of("plan.not_published", "en", state="agreed", who="aidos", at="–").endswith(
        "“agreed” (aidos, –)."
    )


def test_a_moment_is_by_the_citys_clock_and_a_day_as_it_is_written_here() -> None:
    long_ago, now = datetime(2026, 1, 5, 21, 14, 5, tzinfo=ASTANA), datetime.now(ASTANA).replace(second=0)
    assert "(aidos, 05.01.2026 21:14)" in in_words_of(
        "plan.stale", "ru", who="aidos", at=long_ago.isoformat()
    )
    assert f"(aidos, {now:%H:%M})" in in_words_of("plan.stale", "ru", who="aidos", at=now.isoformat())
    assert in_words_of("filter.window", "en", since="2026-11-28", until="2026-11-27").startswith(
        "The start 28.11.2026 is after the end 27.11.2026."
    )
    assert in_words_of(
        "feed.column", "en", at="police.toml, line 3:", feed="police", column="x", field="y", columns="a"
    ).startswith("police.toml, line 3: ")


def test_a_feed_is_called_by_its_name_and_a_size_has_a_unit() -> None:
    assert "(Здания)" in in_words_of(
        "building.reloaded", "ru", who="feed:buildings"
    ) and "(feed:other)" in in_words_of("building.reloaded", "ru", who="feed:other")
    assert "64 MB" in in_words_of("request.body", "en", limit=64 * 1024**2) and "16 КБ" in in_words_of(
        "request.body", "kk", limit=16 * 1024
    )


@pytest.mark.parametrize(
    ("lang", "street"), [("kk", "Кенесары к-сі, 5"), ("ru", "ул. Кенесары, 5"), ("en", "ул. Кенесары, 5")]
)
def test_houses_are_addresses_in_the_readers_language(lang: str, street: str) -> None:
    assert street in in_words_of(
        "plan.cuts_footprint", lang, houses={"kk": "Кенесары к-сі, 5", "ru": "ул. Кенесары, 5"}
    )


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_no_conflict_shows_iso_times_or_braces(lang: str) -> None:
    at = "2026-11-28T16:14:05+05:00"
    for code, parameters in (
        ("plan.stale", {"who": "a", "at": at}),
        ("plan.later_edit", {"who": "a", "at": at}),
        ("plan.stale_unknown", {}),
        ("plan.locked", {"who": "a", "at": at, "precincts": "1, 2"}),
        ("building.stale", {"who": "a", "at": at}),
        ("building.decided_since", {"who": "a", "at": at}),
        ("plan.unknown_precinct", {"precincts": 7}),
        ("plan.precinct_gone", {}),
        ("plan.polygon_drawn", {}),
        ("plan.unknown_part", {}),
        ("plan.line_open", {}),
        ("plan.line_points", {"points": 1, "most": 9}),
    ):
        sentence = in_words_of(code, lang, **parameters)
        assert not re.search(r"\{|\d{4}-\d\d|T\d\d:|: \.|\(\)", sentence), sentence


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_no_refusal_of_a_body_says_what_the_validator_calls_it(lang: str) -> None:
    reasons = (
        "string_too_short",
        "missing",
        "int_type",
        "int_from_float",
        "literal_error",
        "less_than_equal",
    )
    reasons += (
        "extra_forbidden",
        "datetime_from_date_parsing",
        "timezone_aware",
        "uuid_parsing",
        "json_invalid",
    )
    for code in ("incident.body", "view.body", "alarm.body", "plan.edit_body", "request.parameter"):
        for reason in reasons:
            sentence = in_words_of(code, lang, where="wish.text", reason=reason)
            assert "_" not in sentence and "wish." not in sentence, sentence
    assert in_words_of("incident.body", "en", where="wish.text", reason="string_too_short") == (
        "The request is wrong at “Text”: there is nothing in it to read."
    )


SECOND = re.compile(r"\b(already|no more|any more|was first|was faster|meanwhile)\b")
NOBODY = {
    "a thing of that name or number is there": "user.exists answers.exists building.exists plan.number_taken "
    "user.manager_taken passkey.known factor.there incident.same projects.same roster.same voters.folder "
    "inbox.key_reused passkey.unknown",
    "a limit is reached": "view.many incident.proof_many export.busy backup.restoring "
    "incident.top_escalation",
    "the machine or a source did it": "check.changed alarm.shelf_ended alert.over voters.erased",
    "with the version that was seen: who was first is told before": "incident.undone",
    "both texts are kept": "shift.notes",
    "its run says when": "reject.sent",
    "with the words of what the caller did themselves": "rating.same_person",
    "of the command line of one process": "voters.alike_changed voters.compare.decided.stays "
    "voters.compare.decided.struck",
    "it has no record of its own, and what is settled looks alike for both": "answers.no_question "
    "plan.no_doubt",
}


def test_who_comes_second_is_told_who_was_first_and_when() -> None:
    """A refusal that says that something is so already names a person and a time, but for those above."""
    known = {f"error.{code}" for codes in NOBODY.values() for code in codes.split()}
    silent = set()
    for key, entry in words.catalogue("en").entries.items():
        sentence = entry if isinstance(entry, str) else " ".join(entry)
        named = "{who}" in sentence and "{at}" in sentence
        if key.startswith("error.") and SECOND.search(sentence) and not named:
            silent.add(key)
    assert silent == known
