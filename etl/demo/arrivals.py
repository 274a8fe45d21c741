"""What comes in during a few seconds: inquiries with the incidents they lead to, police, emergencies,
offences. At the real rate of the day and hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np

from etl.demo.channels import CHANNEL_KEYS
from etl.demo.facts import yearly as figures
from etl.demo.facts.topics import SEASONS, TOPIC_SHARES
from etl.demo.history import INQUIRIES_PER_INCIDENT, RHYTHM_OF, value_of
from etl.demo.operators import OPERATORS, answer_seconds, key
from etl.demo.records import PREFIXES, SOURCES
from etl.demo.rhythm import HOURS, WEEK
from etl.demo.standing import Standing
from etl.demo.topics import Topic, leaves

YEAR_S = 365.25 * 86_400
NIGHT_FLOOR = 0.4
"""A wall at night must still be seen to live: no hour falls below this part of the mean."""
URGENT_CHANCE = 0.08
"""The share of urgent incidents among those that are due within six hours: some five are open at a time."""
KIND_TABLES = {
    "police": (figures.POLICE, "flat", "night"),
    "emergency": (figures.EMERGENCIES, "winter", "street"),
    "offence": (figures.OFFENCES, "warm", "street"),
}
Number = Callable[[str, str, str], str]
"""table, source, prefix -> the next free number."""


def pace(local: datetime, season: str, rhythm: str) -> float:
    """How much busier than the year's mean this hour is. A day has as much as without the floor of its
    nights."""
    hours, months = (
        np.maximum(np.array(HOURS[rhythm]) * 24 / sum(HOURS[rhythm]), NIGHT_FLOOR),
        SEASONS[season],
    )
    return (
        float(hours[local.hour] / hours.mean())
        * WEEK[rhythm][local.weekday()]
        * months[local.month - 1]
        * 12
        / sum(months)
    )


class Arrivals:
    """Draws what arrives. `local` times are the city's; rows are those of the feeds, times UTC."""

    def __init__(self, standing: Standing, number: Number, rng: np.random.Generator, rate: float) -> None:
        self.standing, self.number, self.rng, self.rate = standing, number, rng, rate

    def inquiries(self, now: datetime, local: datetime, seconds: float) -> list[dict]:
        means, leads = self._means(local, seconds)
        return [
            self.inquiry(root, lead, now - timedelta(seconds=self.rng.uniform(0, seconds)), local)
            for root, mean, lead in zip(TOPIC_SHARES, means, leads)
            for _ in range(self.rng.poisson(mean))
        ]

    def _means(self, local: datetime, seconds: float) -> tuple[np.ndarray, np.ndarray]:
        """How many inquiries of each topic to expect, and the chance of each to lead to an incident: at
        every hour as many in all are resolved in one take."""
        share, leads = np.array([row[:2] for row in TOPIC_SHARES.values()]).T
        yearly = value_of(figures.INQUIRIES, local.year) * self.rate
        parts = share * [
            pace(local, season, RHYTHM_OF.get(root, "home")) for root, (_, _, season) in TOPIC_SHARES.items()
        ]
        lead = np.minimum(leads * (1 - figures.ONE_TAKE) * parts.sum() / (parts @ leads), 1.0)
        return yearly / YEAR_S * seconds * parts, lead

    def inquiry(self, root: str, leads: float, received: datetime, local: datetime) -> dict:
        topic = self._leaf(root)
        year = f"{local.year % 100:02}-"
        row = {
            "source_id": self.number("inquiry", "inquiries", year),
            "channel": str(self.rng.choice(CHANNEL_KEYS, p=_chances(figures.CHANNELS))),
            "topic": topic.key,
            "received_at": received,
            "answer_s": int(answer_seconds(self.rng.gamma(2.0, 14.0, 1))[0]),
            "operator": key(int(self.rng.integers(OPERATORS))),
            "one_take": bool(self.rng.random() >= leads),
        }
        if row["one_take"]:
            return row
        known = [i for i in self.standing.open if i["category"] == topic.key and i["kind"] == "service"]
        if known and self.rng.random() > 1 / INQUIRIES_PER_INCIDENT:
            joined = known[self.rng.integers(len(known))]
            return row | {
                "incident_id": joined["source_id"],
                "status": joined["status"],
                "priority": str(joined["priority"]),
                **{name: joined[name] for name in ("address", "lon", "lat", "performer", "due_at")},
            }
        number = self.number("incident", "inquiries", f"{PREFIXES['service']}-{year}")
        return row | {
            "incident_id": number,
            "status": "open",
            "priority": self._priority(topic),
            **self.location_of(topic, loses=0.34),
        }

    def reported(
        self, key_of_topic: str, building: int, received: datetime, local: datetime, known: dict | None
    ) -> dict:
        """A call from a building about a topic; `known`: the row of the incident that it is added to."""
        year = f"{local.year % 100:02}-"
        lon, lat = self.standing.lonlat[building]
        location = {
            "address": self.standing.addresses[building],
            "lon": round(float(lon), 6),
            "lat": round(float(lat), 6),
        }
        row = {
            "source_id": self.number("inquiry", "inquiries", year),
            "channel": "call",
            "topic": key_of_topic,
            "received_at": received,
            "answer_s": int(answer_seconds(self.rng.gamma(2.0, 14.0, 1))[0]),
            "operator": key(int(self.rng.integers(OPERATORS))),
            "one_take": False,
            "status": "open",
            "priority": "normal",
            **location,
        }
        if known is not None:
            return row | {"incident_id": known["incident_id"]}
        number = self.number("incident", "inquiries", f"{PREFIXES['service']}-{year}")
        return row | {"incident_id": number}

    def others(self, kind: str, now: datetime, local: datetime, seconds: float) -> list[dict]:
        """Police, emergency or offence rows."""
        table, season, rhythm = KIND_TABLES[kind]
        mean = value_of(table, local.year) * self.rate / YEAR_S * seconds * pace(local, season, rhythm)
        return [
            self.other(kind, self._leaf(kind), now - timedelta(seconds=self.rng.uniform(0, seconds)), local)
            for _ in range(self.rng.poisson(mean))
        ]

    def other(
        self, kind: str, topic: Topic, opened: datetime, local: datetime, priority: str | None = None
    ) -> dict:
        row = {
            "source_id": self.number("incident", SOURCES[kind], f"{PREFIXES[kind]}-{local.year % 100:02}-"),
            "opened_at": opened,
            "status": "open",
            "category": topic.key,
            "priority": priority or self._priority(topic),
            **self.location_of(topic, loses=0.0 if priority else 0.08),
        }
        return (
            row
            | {
                "fine_tenge": float(
                    self.rng.choice([0, 1_500, 2_500, 4_000, 8_000], p=[0.34, 0.34, 0.18, 0.1, 0.04])
                )
            }
            if kind == "offence"
            else row
        )

    def _leaf(self, root: str) -> Topic:
        siblings = leaves(root)
        weight = np.array([topic.weight or 1.0 for topic in siblings])
        return siblings[self.rng.choice(len(siblings), p=weight / weight.sum())]

    def _priority(self, topic: Topic) -> str:
        return (
            "urgent"
            if topic.due_hours and topic.due_hours <= 6 and self.rng.random() < URGENT_CHANCE
            else "normal"
        )

    def location_of(self, topic: Topic, loses: float) -> dict:
        """A building with its address, or an address without coordinates; the akimat of the place where an
        akimat must act."""
        at = int(self.standing.location_weights.draw(topic.key, 1, self.rng)[0])
        lon, lat = self.standing.lonlat[at] + (
            self.rng.normal(0, 1.2e-4, 2) if self.standing.location_weights.outdoors(topic.key) else 0
        )
        district = self.standing.districts[at]
        location = {
            "address": self.standing.addresses[at],
            "performer": f"akimat_{district}" if topic.performer == "akimat" and district else None,
        }
        return (
            location
            if self.rng.random() < loses
            else location | {"lon": round(float(lon), 6), "lat": round(float(lat), 6)}
        )


def _chances(shares: dict[str, float]) -> np.ndarray:
    weight = np.array(list(shares.values()))
    return weight / weight.sum()
