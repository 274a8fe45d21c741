"""`./ikomek api key ...` and `./ikomek api webhook ...`: keys of programs of others, and which of them are
told of changes. A key or a secret is shown once, and only on the output."""

from __future__ import annotations

import argparse
import sys

from dashboard.commands.table import local_time, print_table
from dashboard.webhooks import need_receiver
from dashboard.words import word
from geo.audit.terminal import terminal_person
from geo.database import Engine, connected_engine
from geo.errors import InvalidInput
from geo.exchange import keys, webhooks
from geo.settings import Settings


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    with connected_engine(settings, "accounts") as engine:
        args.run(engine, settings, args)
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek api", description=word("command.api"))
    subjects = parser.add_subparsers(required=True, metavar="SUBJECT")
    key = subjects.add_parser("key", help=word("command.api.key"))
    _add_key(key.add_subparsers(required=True, metavar="ACTION"))
    webhook = subjects.add_parser("webhook", help=word("command.api.webhook"))
    _add_webhook(webhook.add_subparsers(required=True, metavar="ACTION"))
    return parser.parse_args(argv[1:])


def _add_key(actions: argparse._SubParsersAction) -> None:
    add = actions.add_parser("add", help=word("command.api.key.add"))
    add.add_argument("client")
    add.add_argument("--kind", action="append", metavar="KIND", help=word("command.api.kind"))
    add.add_argument("--create", action="store_true", help=word("command.api.create"))
    add.add_argument("--days", type=int, default=keys.DEFAULT_DAYS, help=word("command.api.days"))
    add.add_argument(
        "--per-minute", type=int, default=keys.DEFAULT_PER_MINUTE, help=word("command.api.per_minute")
    )
    add.set_defaults(run=add_key)
    actions.add_parser("list", help=word("command.api.key.list")).set_defaults(run=list_keys)
    revoke = actions.add_parser("revoke", help=word("command.api.key.revoke"))
    revoke.add_argument("number", type=int)
    revoke.set_defaults(run=revoke_key)


def _add_webhook(actions: argparse._SubParsersAction) -> None:
    add = actions.add_parser("add", help=word("command.api.webhook.add"))
    add.add_argument("client")
    add.add_argument("address")
    add.add_argument("--kind", action="append", metavar="KIND", help=word("command.api.kind"))
    add.set_defaults(run=add_webhook)
    actions.add_parser("list", help=word("command.api.webhook.list")).set_defaults(run=list_webhooks)
    for name, run in (("remove", remove_webhook), ("revive", revive_webhook)):
        action = actions.add_parser(name, help=word(f"command.api.webhook.{name}"))
        action.add_argument("number", type=int)
        action.set_defaults(run=run)


def add_key(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    """The key is all of the output, so that a script can take it."""
    kinds = args.kind or keys.DEFAULT_KINDS
    number, key = keys.issue_key(
        engine, caller_name(), args.client, kinds, args.create, args.days, args.per_minute
    )
    print(key)
    message = word("command.api.key.added", number=str(number), client=args.client, kinds=", ".join(kinds))
    print(message, file=sys.stderr)


def list_keys(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "number": key.id,
                "client": key.client,
                "kinds": ", ".join(key.kinds),
                "creates": "+" if key.may_create else "",
                "per_minute": key.per_minute,
                "expires": local_time(settings, key.expires_at),
                "seen": local_time(settings, key.seen_at),
                "revoked": local_time(settings, key.revoked_at),
            }
            for key in keys.list_keys(engine)
        ]
    )


def revoke_key(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    client = keys.revoke_key(engine, caller_name(), args.number)
    print(word("command.api.key.revoked", number=str(args.number), client=client))


def add_webhook(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    """The secret is all of the output. Raises `InvalidInput` ("exchange.address"), `Forbidden`
    ("exchange.private")."""
    kinds = args.kind or keys.DEFAULT_KINDS
    try:
        need_receiver(args.address)
    except OSError as error:
        raise InvalidInput("exchange.address", address=args.address[:200]) from error
    number, secret = webhooks.add_webhook(
        engine, settings.city.region, caller_name(), args.client, args.address, kinds
    )
    print(secret)
    message = word(
        "command.api.webhook.added", number=str(number), client=args.client, kinds=", ".join(kinds)
    )
    print(message, file=sys.stderr)


def list_webhooks(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "number": found["id"],
                "client": found["client"],
                "address": found["address"],
                "kinds": ", ".join(found["kinds"]),
                "behind": "?" if found["behind"] is None else found["behind"],
                "answered": local_time(settings, found["answered_at"]),
                "failing": local_time(settings, found["failing_since"]),
                "dead": local_time(settings, found["dead_at"]),
                "error": found["error"] or "",
            }
            for found in webhooks.list_webhooks(engine, settings.city.region)
        ]
    )


def remove_webhook(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    client = webhooks.remove_webhook(engine, settings.city.region, caller_name(), args.number)
    print(word("command.api.webhook.removed", number=str(args.number), client=client))


def revive_webhook(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    client = webhooks.revive_webhook(engine, settings.city.region, caller_name(), args.number)
    print(word("command.api.webhook.revived", number=str(args.number), client=client))


def caller_name() -> str:
    return f"command:{terminal_person()}"
