"""What the fuzzers of `./ikomek bench fuzz` are let at, here for a moment with each change: no fault of ours,
and what is made to harm is refused within a second of the processor and 200 MB."""

from __future__ import annotations

import random

import pytest

from tests.bench._fuzz_parsers import PARSERS, parse, seeds
from tests.bench._hostile_bodies import measure

CHANGED = 25
LONGEST_S, MOST_MB = 1.0, 200
SIGNS = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"',
    b"'",
    b"\n\n",
    b"]]",
    b"{{",
    b"-1e999",
    b"9" * 40,
    b"\xd0",
    b";" * 50,
)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_answers_or_refuses_whatever_is_in_a_sound_input(name: str) -> None:
    parse(name, b"")
    chance = random.Random(f"{name}, the same each time")
    for seed in seeds(name):
        parse(name, seed)
        for _ in range(CHANGED):
            body = bytearray(seed)
            for _ in range(chance.randint(1, 4)):
                at = chance.randrange(len(body) + 1)
                body[at : at + chance.choice((0, 1, 8))] = chance.choice(SIGNS)
            parse(name, bytes(body))


@pytest.mark.parametrize(
    "name",
    [
        *("zip, 256 MB unpacked", "XML, a billion laughs", "JSON, 100,000 deep", "PNG, 60,000 x 60,000"),
        "geometry, 10,000 deep",
    ],
)
def test_what_is_made_to_harm_is_refused_in_time_and_room(name: str) -> None:
    found = measure(name)
    assert found.answered, found.answer
    assert found.seconds <= LONGEST_S and found.megabytes <= MOST_MB, found
