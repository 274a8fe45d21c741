"""Two officers race, a feed polls between actions: one wins and the other is told, no poll reverts a
person, and an incident is what its events say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.readers import Source
from etl.registry import FEEDS, find
from etl.runs import engine
from geo.database import transact
from geo.errors import Conflict, IkomekError, InvalidInput
from geo.incidents.cases.act import act
from geo.incidents.cases.fields import DECIDED, FIELDS, read
from geo.incidents.cases.verbs import VERBS
from tests.support.desk import Desk, officer

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
WISHES: dict[str, dict[str, Any]] = {
    "acknowledge": {},
    "note": {"text": "едем"},
    "priority": {"priority": 2},
    "status": {"status": "in_progress"},
    "assign": {"performer": 2},
    "escalate": {},
    "more_time": {"until": SOON, "reason": "мороз"},
    "pause": {"reason": "ждём доступ"},
    "shelve": {"until": SOON, "reason": "бригада на месте"},
    "close": {"outcome": "done"},
    "return": {"reason": "не убрано"},
}
LATER: dict[str, dict[str, Any]] = {"resume": {}, "unshelve": {}, "reopen": {"reason": "снова"}}
FEW = {"suppress_health_check": [HealthCheck.function_scoped_fixture], "database": None}
PAIRS = st.tuples(st.sampled_from(sorted(WISHES)), st.sampled_from(sorted(WISHES)))
EVENTS = """select what, to_value from incident_event where incident_id = :id and what = any(:fields)
    order by id"""
DECISIONS = "select field, value from decision where incident_id = :id"
HEAD = "source_id,opened_at,closed_at,due_at,status,priority,title,lon,lat\n"


@settings(max_examples=20, **FEW)
@given(PAIRS)
def test_of_two_officers_one_wins_and_the_other_is_told(desk: Desk, verbs: tuple[str, str]) -> None:
    incident = desk.rows(
        """insert into incident (region, source, source_id, kind, source_status, status, opened_at, due_at)
        values ('71', 'inquiries', :number, 'service', 'open', 'open', now(), now() + interval '4 hours')
        returning id""",
        number=str(uuid4()),
    )[0][0]
    together = Barrier(2)

    def run(who: str, verb: str) -> object:
        together.wait()
        try:
            return desk.act(who, verb, incident, seen=1, **WISHES[verb])
        except IkomekError as error:
            return error

    with ThreadPoolExecutor(2) as officers:
        races = [officers.submit(run, *one) for one in zip(("aidos", "gulnar"), verbs)]
        outcomes = dict(zip(("aidos", "gulnar"), (race.result() for race in races)))
    [(loser, error)] = [(who, end) for who, end in outcomes.items() if isinstance(end, IkomekError)]
    [winner] = set(outcomes) - {loser}
    assert isinstance(error, Conflict) and error.code == "incident.stale"
    assert error.parameters["who"] == winner and error.parameters["verb"] == outcomes[winner].verb
    assert desk.rows("select who from incident_action where incident_id = :id", id=incident) == [(winner,)]
    assert desk.version(incident) == 2


class Shift:
    """One incident of a feed, officers who act on it, polls between; and what its events say that it is."""

    def __init__(self, desk: Desk, run: Any) -> None:
        self.desk, self.run, self.number = desk, run, str(uuid4())
        self.done: list[Any] = []
        self.poll(("open", 0))
        [(self.incident,)] = desk.rows("select id from incident where source_id = :n", n=self.number)
        self.folded = self.stored()

    def poll(self, says: tuple[str, int]) -> None:
        status, priority = says
        closed = "2024-05-01 12:00" if status == "closed" else ""
        due = f"{SOON:%Y-%m-%d %H:%M}"
        row = f"{self.number},2024-05-01 10:00,{closed},{due},{status},{priority},a,71.43,51.16\n"
        before = self.decided()
        self.run(HEAD + row)
        assert self.decided() == before, "a poll reverted a person"

    def act(self, step: tuple[str, str]) -> None:
        who, verb = step
        wish = (WISHES | LATER)[verb]
        try:
            self.done.append(
                transact(
                    self.desk.editor,
                    lambda connection: act(
                        connection,
                        self.desk.city,
                        officer(who),
                        self.incident,
                        verb,
                        VERBS[verb].wish(**wish),
                        self.desk.version(self.incident),
                        uuid4(),
                    ),
                )
            )
        except Conflict:
            return
        except InvalidInput as refused:  # more time was asked for until then before
            assert (verb, refused.code) == ("more_time", "incident.until")

    def undo(self, who: str) -> None:
        if not self.done:
            return
        try:
            self.desk.undo(who, self.done.pop())
        except IkomekError as refused:
            assert refused.code in ("incident.not_yours", "incident.undone", "incident.acted_since"), refused

    def settle(self, take: str) -> None:
        fields = self.desk.rows(
            "select field from decision where incident_id = :id and conflict_value is not null",
            id=self.incident,
        )
        for (field,) in fields:
            what = next(what for what in DECIDED if FIELDS[what].decision == field)
            self.desk.act("aidos", "settle", self.incident, field=what, take=take)
        self.done.clear()

    def stored(self) -> dict[str, Any]:
        incident, cases = (
            self.desk.incident(self.incident),
            self.desk.rows(
                "select row_to_json(c) from incident_case c where incident_id = :id", id=self.incident
            ),
        )
        case = cases[0][0] if cases else {"escalation": 0, "returned": 0, "reopened": 0}
        return {
            what: read(what, case.get(field.column)) if field.of_case else incident[field.column]
            for what, field in FIELDS.items()
        }

    def decided(self) -> dict[str, Any]:
        """The effective values of what a person has decided on."""
        if not hasattr(self, "incident"):
            return {}
        named = {FIELDS[what].decision: what for what in DECIDED}
        stored, rows = self.stored(), self.desk.rows(DECISIONS, id=self.incident)
        return {named[field]: stored[named[field]] for field, _ in rows}

    def check(self) -> None:
        """The fold of all events is what stands in the rows; each decision is over its source."""
        fold = dict(self.folded)
        for what, value in self.desk.rows(EVENTS, id=self.incident, fields=list(FIELDS)):
            fold[what] = read(what, value)
        stored = self.stored()
        assert fold == stored
        decisions = dict(self.desk.rows(DECISIONS, id=self.incident))
        for what in DECIDED:
            if (value := decisions.get(FIELDS[what].decision)) is not None:
                assert stored[what] == read(what, value)
        incident = self.desk.incident(self.incident)
        for field in {"status", "priority"} - set(decisions):
            assert incident[field] == incident[f"source_{field}"]


STEP = st.one_of(
    st.tuples(
        st.just("act"),
        st.tuples(st.sampled_from(("aidos", "gulnar")), st.sampled_from(sorted(WISHES | LATER))),
    ),
    st.tuples(
        st.just("poll"),
        st.tuples(st.sampled_from(("open", "in_progress", "closed")), st.sampled_from((0, 1, 2))),
    ),
    st.tuples(st.just("undo"), st.sampled_from(("aidos", "gulnar"))),
    st.tuples(st.just("settle"), st.sampled_from(("source", "decision"))),
)


@settings(max_examples=12, **FEW)
@given(st.lists(STEP, min_size=4, max_size=14))
def test_an_incident_is_what_its_events_say_and_no_poll_reverts_a_person(
    desk: Desk, steps: list[tuple[str, Any]]
) -> None:
    feed = find(FEEDS, "emergencies")

    def run(body: str) -> None:
        source = [Source("test.csv", body=body.encode(), format="csv")]
        result = engine.run(desk.settings, feed, source, now=datetime.now(UTC))
        assert result.rejected == 0

    shift = Shift(desk, run)
    for name, argument in steps:
        getattr(shift, name)(argument)
        shift.check()
