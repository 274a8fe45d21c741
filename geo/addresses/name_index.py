"""Names found however they are written: in another alphabet or case, in another order of words, with
initials, cut short, with a slip of the pen.

A match is `near` where letters had to be changed: near matches are guesses, and who shows them says so.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from geo.addresses.folding import FOLDED_TYPES, fold
from geo.addresses.names import NOT_NAMES, latin, stem

CLOSE_WORD = 0.6
"""Two words of which less than this share of letters agrees are different words."""
CLOSE_NAME = 0.65
NEAR_BELOW = 0.94
PREFIX, INITIAL = 0.97, 0.95
SHORTEST_PREFIX = 3
LAST_LETTER = "\U0010ffff"
"""Stands in no word, and sorts behind every letter."""
WRITTEN_TOGETHER = 2
"""Names of so many words are found in one word too, and words so many as a name of one."""
NUMBER_WEIGHT = 5
LITTLE_WEIGHT = 0.5
KINDS = frozenset(
    "trc trk tc mol mall center centr ao too gkp gkkp kgu gu ip astan zhk kogamdik lic gimnaz "
    "vokzal avtovokzal".split()
)
"""Stems of words that say what kind of thing is named: they decide little."""
TYPE_WORDS = NOT_NAMES | {"kosh", "dang", "shose", "iksham", "dom", "strit"}
SAME_WORD = {"sh": "shkol", "ssh": "shkol", "mektep": "shkol", "mektebi": "shkol", "mekteb": "shkol"}
TYPE_STEMS = (
    "dangil",
    "koshes",
    "prospekt",
    "mikroraion",
    "ikshamaudan",
    "shosse",
    "bulvar",
    "pereulk",
    "alangi",
)
JOINED_LETTER = re.compile(r"\b([^\W\d_]|shch|[scz]h|ts|y[aou])[\s-]?(\d{1,3})\b")
"""A letter with a number is one word, "Ш-433", and so it is in Latin: "Sh-433" is no school."""
KAZAKH_STREET = re.compile(r"\bк-с[іи]\b|№")
HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])|(?<=[^\W\d_][^\W\d_])-(?=\d)")
KAZAKH_LATIN = str.maketrans({"ş": "sh", "ç": "ch", "ı": "i", "ǵ": "g", "ğ": "g", "ß": "ss"})


@dataclass(frozen=True)
class NameMatch:
    """`score` 0..1: the share of what was asked that the name holds, then how much more the name says.
    `exact`: it holds every word that was asked, in some form, none of them cut short."""

    key: Any
    score: float
    near: bool
    exact: bool = False


@dataclass(frozen=True)
class NameWord:
    """A word in one Latin spelling: `stem` without its case ending, `whole` with it; an initial is one
    letter."""

    stem: str
    whole: str


@lru_cache(maxsize=100_000)
def words_of(name: str) -> tuple[NameWord, ...]:
    """The words of a name without those for kinds of streets.

    >>> [word.stem for word in words_of("пр. Кабанбай-батыра")]
    ['kabanb', 'batir']
    >>> [word.whole for word in words_of("Qabanbaı batyr ave")]
    ['kabanbai', 'batir']
    """
    named = KAZAKH_STREET.sub(" ", name.casefold()).translate(KAZAKH_LATIN)
    bare = unicodedata.normalize("NFKD", named)
    if not any("а" <= letter <= "я" for letter in bare):
        bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    folded = fold(unicodedata.normalize("NFC", bare))
    joined = JOINED_LETTER.sub(r"\1\2", HYPHEN.sub(" ", folded))
    plain = [latin(word.replace("-", "")) for word in joined.split() if word not in FOLDED_TYPES]
    words = [NameWord(SAME_WORD.get(word, stem(word) if len(word) > 1 else word), word) for word in plain]
    return tuple(
        NameWord(SAME_WORD.get(word.stem, word.stem), word.whole)
        for word in words
        if word.stem and word.stem not in TYPE_WORDS and not word.stem.startswith(TYPE_STEMS)
    )


def together(words: tuple[NameWord, ...]) -> tuple[NameWord, ...]:
    whole = "".join(word.whole for word in words)
    return (NameWord(stem(whole), whole),)


class NameIndex:
    """Names of things; a thing (`key`) may have several."""

    def __init__(self, named: Iterable[tuple[Hashable, str]]) -> None:
        pairs = {(key, words): None for key, name in named if (words := words_of(name))}
        joined = {(key, together(words)): None for key, words in pairs if len(words) == WRITTEN_TOGETHER}
        self.names = list(pairs | joined)
        self.vocabulary = list({word: None for _, words in self.names for word in words})
        self.stems = [word.stem for word in self.vocabulary]
        in_order = sorted((word.whole, n) for n, word in enumerate(self.vocabulary))
        self._wholes = [whole for whole, _ in in_order]
        self._by_whole = np.array([n for _, n in in_order], dtype=np.intp)
        index = {word: n for n, word in enumerate(self.vocabulary)}
        self.holders: list[list[int]] = [[] for _ in self.vocabulary]
        for n, (_, words) in enumerate(self.names):
            for word in set(words):
                self.holders[index[word]].append(n)

    def find(self, query: str, most: int) -> list[NameMatch]:
        """Those with the very words first, then the best; one near match brings the next nearest with it,
        where anything else is near."""
        wanted = words_of(query)
        if not self.vocabulary or all(len(word.stem) == 1 for word in wanted):
            return []
        best: dict[Hashable, NameMatch] = {}
        for way in [wanted, together(wanted)] if len(wanted) == WRITTEN_TOGETHER else [wanted]:
            for n, agreement in self._agreements(way).items():
                key, words = self.names[n]
                exact = way is wanted and min(agreement) == 1
                match = NameMatch(key, *_score(way, words, agreement), exact)
                if key not in best or _order(match) < _order(best[key]):
                    best[key] = match
        ranked = sorted(best.values(), key=_order)
        good = [match for match in ranked if match.score >= CLOSE_NAME]
        if good and all(match.near for match in good):
            good = ranked[: max(2, len(good))]
        return good[:most]

    def nearest(self, query: str, besides: str) -> NameMatch | None:
        """The one thing whose name as a whole is nearest, however far; not one that is called `besides`."""
        wanted, other = words_of(query), words_of(besides)
        same = {key for key, words in self.names if words == other}
        names = {
            n: " ".join(word.stem for word in words)
            for n, (key, words) in enumerate(self.names)
            if key not in same
        }
        stems = " ".join(word.stem for word in wanted)
        found = process.extractOne(stems, names, scorer=OSA.normalized_similarity)
        return None if found is None else NameMatch(self.names[found[2]][0], found[1], True)

    def _agreements(self, wanted: tuple[NameWord, ...]) -> dict[int, list[float]]:
        """Name -> how well each wanted word agrees with its best word."""
        found: dict[int, list[float]] = defaultdict(lambda: [0.0] * len(wanted))
        for nth, row in enumerate(self._likeness(wanted)):
            for word in np.flatnonzero(row):
                for n in self.holders[word]:
                    found[n][nth] = max(found[n][nth], float(row[word]))
        return found

    def _likeness(self, wanted: tuple[NameWord, ...]) -> np.ndarray:
        stems = [word.stem for word in wanted]
        likeness = process.cdist(
            stems, self.stems, scorer=OSA.normalized_similarity, score_cutoff=CLOSE_WORD, dtype=np.float32
        )
        for nth, word in enumerate(wanted):
            if any(map(str.isdigit, word.stem)):  # another number is another thing, however near
                likeness[nth] = [float(known == word.stem) for known in self.stems]
            elif len(word.stem) == 1:
                likeness[nth] = [INITIAL * known.startswith(word.stem) for known in self.stems]
            elif len(word.whole) >= SHORTEST_PREFIX:
                begun = self._begun(word.whole)
                likeness[nth][begun] = np.maximum(likeness[nth][begun], np.float32(PREFIX))
        return likeness

    def _begun(self, prefix: str) -> np.ndarray:
        """The words of the vocabulary that begin so."""
        first = bisect_left(self._wholes, prefix)
        return self._by_whole[first : bisect_left(self._wholes, prefix + LAST_LETTER, first)]


def _order(match: NameMatch) -> tuple[bool, float]:
    return not match.exact, -match.score


def _weight(word: NameWord) -> float:
    if any(map(str.isdigit, word.stem)):
        return NUMBER_WEIGHT
    if word.stem in KINDS or len(word.stem) == 1:
        return LITTLE_WEIGHT
    return len(word.stem)


def _score(
    wanted: tuple[NameWord, ...], words: tuple[NameWord, ...], agreement: list[float]
) -> tuple[float, bool]:
    weights = [_weight(word) for word in wanted]
    share = sum(weight * value for weight, value in zip(weights, agreement)) / sum(weights)
    whole = min(1.0, sum(weights) / sum(map(_weight, words)))
    return share * (0.9 + 0.1 * whole), share < NEAR_BELOW
