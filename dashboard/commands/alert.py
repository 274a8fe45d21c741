"""`./ikomek alert publish|cancel|list`: what everybody is told of a mass event or an incident (CAP 1.2). The
texts come from a file, one table a language:

    severity = "Severe"
    urgency = "Immediate"
    certainty = "Observed"
    hours = 6
    [ru]
    headline = "Нет отопления в 12 домах"
    description = "Авария на теплотрассе, ремонт до 22:00."
    instruction = "Сообщите, если в доме лежачие больные: 109."
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from dashboard.commands.table import local_time, print_table
from dashboard.words import language, word
from geo.audit.terminal import terminal_person
from geo.database import Engine, connected_engine, transact
from geo.errors import InvalidInput
from geo.exchange.alerts import LONGEST_HOURS, PARTS, Notice, cancel, declare
from geo.settings import City, Settings
from geo.toml import TomlFile
from geo.toml_values import is_number
from layers.public_alerts import list_alerts

VALUES = ("severity", "urgency", "certainty")


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    with connected_engine(settings, "editor") as engine:
        args.run(engine, settings, args)
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek alert", description=word("command.alert"))
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    publish = actions.add_parser("publish", help=word("command.alert.publish"))
    publish.add_argument("subject", help=word("command.alert.subject"))
    publish.add_argument("file", type=Path)
    publish.set_defaults(run=publish_one)
    ending = actions.add_parser("cancel", help=word("command.alert.cancel"))
    ending.add_argument("number", type=int)
    ending.set_defaults(run=cancel_one)
    actions.add_parser("list", help=word("command.alert.list")).set_defaults(run=list_all)
    return parser.parse_args(argv[1:])


def publish_one(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    city, notice = settings.city, read_notice(settings.city, args.file)
    now, who = datetime.now(UTC), f"command:{terminal_person()}"
    done = transact(engine, lambda connection: declare(connection, city, who, args.subject, notice, now))
    print(word("command.alert.published", number=str(done.id), message=done.message))
    print(f"/api/cap/v1/alerts/{done.identifier}.xml", file=sys.stderr)


def cancel_one(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    now, who = datetime.now(UTC), f"command:{terminal_person()}"
    done = transact(engine, lambda connection: cancel(connection, settings.city, who, args.number, now))
    print(word("command.alert.published", number=str(done.id), message=done.message))


def list_all(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "number": row["id"],
                "message": row["message"],
                "sent": local_time(settings, row["sent_at"]),
                "expires": local_time(settings, row["expires_at"]),
                "headline": row["texts"].get(language.get(), {}).get("headline", ""),
            }
            for row in list_alerts(engine, settings.city, datetime.now(UTC))
        ]
    )


def read_notice(city: City, path: Path) -> Notice:
    """Raises `InvalidInput` ("alert.file", "alert.value")."""
    file = TomlFile.read(path, "alert.file")
    tables = file.tables
    hours = tables.get("hours")
    if not is_number(hours, 0, LONGEST_HOURS):
        raise InvalidInput("alert.value", name="hours", known="6", line=file.line(("hours",)))
    texts = {lang: tables.get(lang, {}) for lang in city.languages}
    for lang, given in texts.items():
        if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
            raise InvalidInput("alert.value", name=lang, known=", ".join(PARTS), line=file.line((lang,)))
    severity, urgency, certainty = (str(tables.get(name, "")) for name in VALUES)
    return Notice(severity, urgency, certainty, float(hours), texts)
