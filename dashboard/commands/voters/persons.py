"""`./ikomek voters`, what concerns single persons and the keys of all: look, rules, forget, rekey."""

from __future__ import annotations

from dashboard.commands.meter import Meter
from dashboard.commands.table import print_table
from dashboard.commands.voters.command import VotersCommand, typed
from dashboard.words import word
from geo.audit.records import record_audit
from geo.voters import lasting, looks, rekey, rules


def show_rules(command: VotersCommand) -> None:
    with command.connected() as connection:
        record_audit(connection, command.who, "voters.addresses_seen", list=None)
        found = rules.shown(
            connection, command.region, lasting.rules_key(connection, command.region, command.ring)
        )
    nowhere = word("command.voters.no_building")
    print_table(
        [{"id": one.id, "text": one.line, "building": one.house or nowhere, "who": one.who} for one in found]
    )


def forget(command: VotersCommand) -> None:
    with command.connected() as connection:
        rules.undo(connection, command.region, command.args.rule, command.who)
    print(word("command.voters.forgotten", rule=command.args.rule))


def look(command: VotersCommand) -> None:
    number = typed("command.voters.iin")
    with command.engine("lookup") as engine:
        seen = looks.look(
            engine,
            command.settings.city,
            command.ring,
            number,
            command.who,
            command.args.why,
            command.args.document,
        )
    print(seen.iin, seen.surname, seen.first_name, seen.patronymic, seen.birth, seen.address, sep="\n")


def seal_again(command: VotersCommand) -> None:
    meter = Meter("command.voters.progress")
    with command.connected() as connection:
        done = rekey.rekey(
            connection,
            command.settings.city,
            command.ring,
            command.who,
            lambda what, rows: meter(word(f"command.voters.step.{what}"), rows, 0),
        )
    rekey.finish(command.ring, done)
    for one in done.lists:
        print(word("command.voters.rekeyed", list=one.list_id, n=one.rows))
    print(word("command.voters.rekeyed.all", n=done.rules, folder=command.ring.folder))
    masters = command.ring.masters
    if masters.are_given:
        print(word("command.voters.master.exchanged" if masters.before else "command.voters.master.given"))
