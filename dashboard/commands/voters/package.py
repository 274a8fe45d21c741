"""`./ikomek voters`, the package for the commission: export, verify, send; and the proof of one person's
row: prove, confirm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from dashboard.commands.meter import Meter
from dashboard.commands.voters.command import VotersCommand, typed
from dashboard.commands.voters.sheets import write_closed
from dashboard.paper.act import act_pdf
from dashboard.words import word
from geo.database import Connection
from geo.errors import NotFound
from geo.plans import export as borders
from geo.plans.decision_text.plans import plan_texts
from geo.plans.model import plan_in_force
from geo.voters import looks, model
from geo.voters.package import documents, unfinished
from geo.voters.package import export as export_
from geo.voters.package import verify as verification
from geo.voters.package.documents import FIELDS
from geo.voters.package.manifest import read_manifest
from geo.voters.package.source import TransferRow
from geo.voters.printed import PRINTED_IN
from geo.voters.transfer.destination import Destination
from geo.voters.transfer.send import send as send_package

PROOF = "application"
"""Why somebody's proof is made: the person has applied for it."""
WAIT_S = 3600.0
"""How long `send` goes on trying."""


def remove_unfinished(command: VotersCommand) -> None:
    """What a killed export has left holds personal data: the next command removes it and says so."""
    if not unfinished.is_any(command.ring):
        return
    with command.connected() as connection:
        removed = export_.remove_unfinished(connection, command.ring, command.who)
    for folder in removed:
        print(word("command.voters.removed", folder=folder))


def export(command: VotersCommand) -> None:
    """The list in force, if none is named."""
    with command.connected() as connection:
        in_force = model.current(connection, command.region)
        if command.args.list is None and in_force is None:
            raise NotFound("voters.no_list")
        list_id = command.args.list or in_force.id
        plan = plan_in_force(connection, command.settings.city)
        done = export_.export(
            connection,
            command.settings.city,
            command.ring,
            list_id,
            command.args.folder,
            command.who,
            partial(_papers, command, plan),
        )
    for hash_ in done.cut_off:
        print(word("command.voters.cut_off", hash=hash_))
    print(
        word(
            "command.voters.exported",
            folder=done.folder,
            voters=done.voters,
            precincts=done.precincts,
            files=done.files,
            hash=done.manifest,
        )
    )


def _papers(command: VotersCommand, plan: int | None, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """The borders of the plan in force, its legal text and the act, in both languages; the same list and plan
    are the same bytes."""
    city = command.settings.city
    papers = {f"act-{lang}.pdf": act_pdf(manifest, lang, city) for lang in PRINTED_IN}
    if plan is None:
        return papers
    with command.connected("reader") as connection:
        rows = borders.precincts(connection, city, plan)
        texts = {lang: plan_texts(connection, city, plan, lang) for lang in PRINTED_IN}
    for lang, found in texts.items():
        papers[f"decision-{lang}.txt"] = "\n".join(one.text for one in found.values()).encode()
    made = datetime.fromisoformat(manifest["approved_at"])
    return papers | {"borders.gpkg": command.files.geopackage(rows, made)}


def verify(command: VotersCommand) -> int:
    """The package by itself; with --source also against the list of this database."""
    folder, args = command.args.folder, command.args
    found = verification.verify(folder, args.key)
    for code, file in found.faults:
        print(word(f"command.voters.fault.{code}", file=file))
    differ = 0
    if args.source and not found.faults:
        meter = Meter("command.voters.progress")
        with command.connected() as connection:
            differ = verification.compare(
                connection,
                command.settings.city,
                command.ring,
                folder,
                lambda rows: meter(word("command.voters.step.comparing"), rows, found.manifest["voters"]),
            )
            replaced = _replaced(command, connection, found.manifest["list"])
        for line in replaced:
            print(line)
        print(word("command.voters.differ", n=differ))
    if not found.faults:
        trusted = "trusted" if args.key else "own_key"
        print(word(f"command.voters.whole.{trusted}", signer=found.signed_by, n=found.manifest["voters"]))
        if found.outer:
            print(word("command.voters.outer", file=export_.OUTER))
    return 1 if found.faults or differ else 0


def _replaced(command: VotersCommand, connection: Connection, list_id: int) -> list[str]:
    """A line where the list is no longer in force."""
    state = model.version(connection, command.region, list_id).state
    if state == "current":
        return []
    in_force = model.current(connection, command.region)
    about = {"state": word(f"voters.state.{state}"), "current": in_force.id if in_force else "–"}
    return [word("command.voters.not_in_force", list=list_id, **about)]


def send(command: VotersCommand) -> None:
    """One that was broken off goes on; one whose receipt is kept is not sent again."""
    destination, meter = Destination.of(command.settings, command.ring), Meter("command.voters.progress")
    city = command.settings.city
    with command.engine() as engine:
        done = send_package(
            engine,
            city,
            command.ring,
            command.args.folder,
            destination,
            command.who,
            command.args.wait,
            lambda what, sent, of: meter(word(f"command.voters.step.{what}"), sent, of),
            command.args.replaced,
        )
    how = "received" if done.receipt_number else "read_back"
    at = done.received_at.astimezone(city.time_zone).isoformat(" ", "minutes")
    print(word(f"command.voters.{how}", name=done.name, number=done.receipt_number, at=at))


def confirm(command: VotersCommand) -> int:
    """Whether a proof leads from a person's row to the root that was published; the row is typed, as one line
    of the CSV or field by field, and nothing else is needed. Raises as `read_proof`, `judge_proof`,
    `read_person`."""
    proof = verification.read_proof(command.args.proof)
    found = verification.judge_proof(proof, _typed_row(), command.args.root)
    print(word(f"command.voters.proof.{found}"))
    return 0 if found == "right" else 1


def _typed_row() -> TransferRow:
    first = typed("command.voters.field.iin").removeprefix("\ufeff")
    if documents.is_heading(first):
        first = typed("command.voters.field.iin")
    if ";" in first:
        return documents.read_person(first)
    return documents.person_row(first, *(typed(f"command.voters.field.{name}") for name in FIELDS[1:]))


def prove(command: VotersCommand) -> None:
    """One person's proof, recorded as a look at that person. `--row`: the row as it is spelled in the
    package, which the person needs for `confirm`."""
    number = typed("command.voters.iin")
    document = looks.check(number, PROOF, command.args.document)
    with command.connected() as connection:
        _, manifest = read_manifest(command.args.folder)
        key = command.ring.get(model.version(connection, command.region, manifest["list"]).key_id)
        looks.record(connection, command.ring, key, number, command.who, PROOF, document)
    proof, row = verification.prove(command.args.folder, number)
    if command.args.row is not None:
        write_closed(command.args.row, documents.person_csv(row))
    print(json.dumps(proof, ensure_ascii=False))
