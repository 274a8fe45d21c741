"""`./ikomek user`: who may come in: users, their passwords, and the tokens of programs."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from typing import Any

from dashboard.commands.table import local_time, print_table
from dashboard.machine import state
from dashboard.words import word
from geo.accounts import (
    attempts,
    linked_logins,
    mail_addresses,
    managers,
    open_sessions,
    resets,
    scopes,
    second_factor,
    sessions,
    token_terms,
    users,
)
from geo.database import Engine, connected_engine
from geo.errors import InvalidInput, NotFound
from geo.incidents.model import KINDS
from geo.settings import Settings
from layers import feeds

DEFAULT_ROLE = "duty"


def main(settings: Settings, argv: list[str]) -> int:
    args = parse(argv)
    with connected_engine(settings, "accounts") as engine:
        args.run(engine, settings, args)
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./ikomek user", description=word("command.user"))
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    add = actions.add_parser("add", help=word("command.user.add"))
    add.add_argument("name")
    add.add_argument("--role", default=DEFAULT_ROLE, help=word("command.user.role", role=_role(DEFAULT_ROLE)))
    _scope_arguments(add)
    add.add_argument("--no-password", action="store_true", help=word("command.user.no_password"))
    add.set_defaults(run=add_user)
    actions.add_parser("list", help=word("command.user.list")).set_defaults(run=list_users)
    for name, run in (
        ("disable", disable_user),
        ("password", set_password),
        ("token", add_token),
        ("unlock", unlock_user),
        ("tokens", list_tokens),
        ("sessions", list_sessions),
        ("end", end_sessions),
        ("reset-second-factor", reset_factor),
        ("unlink", unlink_user),
        ("reset-link", make_reset_link),
        ("mail", set_mail),
    ):
        action = actions.add_parser(name, help=word(f"command.user.{name.replace('-', '_')}"))
        action.add_argument("name")
        action.set_defaults(run=run)
        if name == "token":
            action.add_argument("--feed", metavar="FEED", help=word("command.user.feed"))
            action.add_argument("--renew", metavar="ID", help=word("command.user.renew"))
        if name == "mail":
            action.add_argument("mail", nargs="?", help=word("command.user.mail_address"))
        if name == "end":
            action.add_argument("id", nargs="?", help=word("command.user.session"))
    scope = actions.add_parser("scope", help=word("command.user.scope"))
    scope.add_argument("name")
    _scope_arguments(scope)
    scope.set_defaults(run=set_scope)
    manager = actions.add_parser("manager", help=word("command.user.manager"))
    manager.add_argument("name")
    manager.add_argument("manager", nargs="?", help=word("command.user.manager_key"))
    manager.set_defaults(run=link_manager)
    require = actions.add_parser("require-second-factor", help=word("command.user.require"))
    require.add_argument("role")
    require.add_argument("--off", action="store_true", help=word("command.user.require_off"))
    require.set_defaults(run=require_factor)
    return parser.parse_args(argv[1:])


def _scope_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("--district", action="append", metavar="KEY", help=word("command.user.district"))
    action.add_argument(
        "--kind", action="append", metavar="KIND", choices=KINDS, help=word("command.user.kind")
    )
    action.add_argument("--organisation", metavar="KEY", help=word("command.user.organisation"))


def add_user(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    need_districts(settings, args.district)
    users.add_user(
        engine,
        args.name,
        args.role,
        None if args.no_password else read_password(),
        args.district,
        args.kind,
        args.organisation,
    )
    print(word("command.user.added", name=users.check_name(args.name), role=_role(args.role)))


def list_users(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "name": user["name"],
                "role": user["role"],
                "districts": ", ".join(user["districts"] or ["*"]),
                "kinds": kinds_words(user),
                "manager": user["manager"] or "",
                "seen": local_time(settings, user["seen_at"]),
                "disabled": local_time(settings, user["disabled_at"]),
            }
            for user in users.list_users(engine)
        ]
    )


def set_scope(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    need_districts(settings, args.district)
    scopes.set_scope(engine, args.name, args.district, args.kind, args.organisation)
    user = next(one for one in users.list_users(engine) if one["name"] == users.check_name(args.name))
    districts = ", ".join(user["districts"] or ["*"])
    print(word("command.user.scoped", name=user["name"], districts=districts, kinds=kinds_words(user)))


def need_districts(settings: Settings, keys: list[str] | None) -> None:
    """Raises `NotFound` ("user.district")."""
    if keys:
        with connected_engine(settings, "reader") as reader:
            scopes.need_districts(reader, settings.city.region, keys)


def kinds_words(user: dict[str, Any]) -> str:
    """ "*" for all, "–" for none."""
    kinds = users.kinds_of(user["role"], user["kinds"], user["organisation"])
    return "*" if kinds is None else ", ".join(kinds) or "–"


def disable_user(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    users.disable_user(engine, args.name)
    print(word("command.user.disabled", name=args.name))


def set_password(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    users.set_password(engine, args.name, read_password())
    print(word("command.user.password_set", name=args.name))


def unlock_user(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    minutes = attempts.unlock(engine, args.name)
    print(word("command.user.unlocked", name=users.check_name(args.name), minutes=minutes))


def list_sessions(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "id": one.id,
                "browser": one.browser or "",
                "network": word(f"account.network.{one.network}") if one.network else "",
                "created": local_time(settings, one.created_at),
                "seen": local_time(settings, one.seen_at),
            }
            for one in open_sessions.list_sessions(engine, args.name)
        ]
    )


def end_sessions(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    count = 1
    if args.id:
        open_sessions.end_session(engine, args.name, args.id, "command")
    else:
        count = open_sessions.end_sessions(engine, args.name, "command")
    print(word("command.user.ended", n=count, name=users.check_name(args.name)))


def reset_factor(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    second_factor.reset(engine, args.name)
    print(word("command.user.factor_reset", name=users.check_name(args.name)))


def unlink_user(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    linked_logins.unlink(engine, args.name)
    print(word("command.user.unlinked", name=users.check_name(args.name)))


def make_reset_link(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    """The link is all of the output, so that a script can take it; without an address where nothing runs."""
    path = resets.reset_link(engine, args.name, "command")
    running = state.running(settings.data) if os.access(settings.data / "state.json", os.R_OK) else None
    print(f"{running.address if running else ''}{path}")


def set_mail(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    mail_addresses.set_mail(engine, args.name, args.mail)
    key = "command.user.has_mail" if args.mail else "command.user.no_mail"
    print(word(key, name=users.check_name(args.name), mail=args.mail or ""))


def link_manager(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    managers.link_manager(engine, args.name, args.manager)
    key = "command.user.is_manager" if args.manager else "command.user.no_manager"
    print(word(key, name=users.check_name(args.name), manager=args.manager or ""))


def require_factor(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    second_factor.require(engine, args.role, not args.off)
    print(word("command.user.not_required" if args.off else "command.user.required", role=_role(args.role)))


def add_token(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    """The token is all of the output, so that a script can take it. Raises `NotFound` ("user.token_feed"):
    one bound to a feed that nobody declared could send nothing, and its program would learn it only then."""
    days = token_terms.term_days()
    if args.renew is not None:
        print(token_terms.renew(engine, "token", args.renew, days))
        return
    if args.feed is not None:
        need_feed(settings, args.feed)
    print(sessions.add_token(engine, args.name, args.feed, days))


def list_tokens(engine: Engine, settings: Settings, args: argparse.Namespace) -> None:
    print_table(
        [
            {
                "id": token.id,
                "feed": token.feed or "",
                "created": local_time(settings, token.created_at),
                "seen": local_time(settings, token.seen_at),
                "ends": local_time(settings, token.expires_at),
            }
            for token in token_terms.list_tokens(engine, users.check_name(args.name))
        ]
    )


def need_feed(settings: Settings, feed: str) -> None:
    with connected_engine(settings, "reader") as reader:
        known = feeds.declared(reader, settings.city.region)
    if feed not in known:
        raise NotFound("user.token_feed", feed=feed, known=", ".join(known) or "–")


def read_password() -> str:
    """Typed twice on a terminal, else the first line of the input. Raises `InvalidInput`
    ("user.password_differs")."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(word("command.user.ask_password"))
    if getpass.getpass(word("command.user.ask_again")) != first:
        raise InvalidInput("user.password_differs")
    return first


def _role(key: str) -> str:
    """A role by its name, with the key that commands take."""
    return f"{word(f'role.{key}')} ({key})"
