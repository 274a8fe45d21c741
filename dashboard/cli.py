"""The command line inside the virtual environment, called by `./ikomek`: it composes the commands and is
the one module that imports `etl`.

Each command's module is imported when that command is asked for, so that `./ikomek mode drill` does not
wait for GeoPandas. Exit codes: 0 done, 1 failed, 2 wrong usage.
"""

from __future__ import annotations

import getpass
import logging
import os
import socket
import sys
from collections.abc import Callable
from types import ModuleType

from dashboard import words
from dashboard.machine.errors import MachineError
from geo.audit.callers import Caller, caller
from geo.audit.terminal import terminal_origin
from geo.database import is_away, is_refused, slow_log
from geo.errors import IkomekError
from geo.settings import Settings


def prepare(argv: list[str]) -> int:
    from dashboard.commands import first_start

    def load_demo(settings: Settings, scale: str, progress: Callable[[str, int, int], None]) -> bool:
        import etl.demo

        if settings.city.key != etl.demo.CITY:
            return False
        etl.demo.load(settings, scale, progress)
        return True

    return first_start.main(Settings.load(), argv, load_demo)


def user(argv: list[str]) -> int:
    from dashboard.commands import user

    return user.main(Settings.load(), argv)


def wall(argv: list[str]) -> int:
    from dashboard.commands import wall

    return wall.main(Settings.load(), argv)


def mode(argv: list[str]) -> int:
    from dashboard.commands import mode

    return mode.main(Settings.load(), argv)


def backup(argv: list[str]) -> int:
    from dashboard.commands import backup

    return backup.main(Settings.load(), argv)


def audit(argv: list[str]) -> int:
    from dashboard.commands import audit

    return audit.main(Settings.load(), argv)


def privacy(argv: list[str]) -> int:
    from dashboard.commands import privacy

    return privacy.main(Settings.load(), argv)


def feeds(argv: list[str]) -> int:
    import etl.commands

    return etl.commands.main(Settings.load(), argv, words.error_words)


def ages(argv: list[str]) -> int:
    from dashboard.commands import ages

    return ages.main(Settings.load(), argv)


def precincts(argv: list[str]) -> int:
    import etl.plans.files
    from dashboard.commands import precincts

    return precincts.main(Settings.load(), argv, etl.plans.files)


def voters(argv: list[str]) -> int:
    import etl.voters.files
    from dashboard.commands import voters

    def invention() -> ModuleType:
        import etl.demo.voters.writing

        return etl.demo.voters.writing

    return voters.main(Settings.load(), argv, etl.voters.files, invention)


def calendar(argv: list[str]) -> int:
    from dashboard.commands import calendar

    return calendar.main(Settings.load(), argv)


def alert(argv: list[str]) -> int:
    from dashboard.commands import alert

    return alert.main(Settings.load(), argv)


def api(argv: list[str]) -> int:
    from dashboard.commands import api

    return api.main(Settings.load(), argv)


def mass(argv: list[str]) -> int:
    from dashboard.commands import mass

    return mass.main(Settings.load(), argv)


def report(argv: list[str]) -> int:
    from dashboard.commands import report

    return report.main(Settings.load(), argv)


def answers(argv: list[str]) -> int:
    from dashboard.commands import answers

    return answers.main(Settings.load(), argv)


def projects(argv: list[str]) -> int:
    from dashboard.commands import projects

    return projects.main(Settings.load(), argv)


def prevention(argv: list[str]) -> int:
    from dashboard.commands import prevention

    return prevention.main(Settings.load(), argv)


def roster(argv: list[str]) -> int:
    from dashboard.commands import roster

    return roster.main(Settings.load(), argv)


def rating(argv: list[str]) -> int:
    from dashboard.commands import rating

    return rating.main(Settings.load(), argv)


def bench(argv: list[str]) -> int:
    from dashboard.commands import bench

    return bench.main(argv)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "prepare": prepare,
    "ages": ages,
    "bench": bench,
    "etl": feeds,
    "user": user,
    "wall": wall,
    "mode": mode,
    "calendar": calendar,
    "mass": mass,
    "alert": alert,
    "api": api,
    "audit": audit,
    "privacy": privacy,
    "report": report,
    "projects": projects,
    "answers": answers,
    "prevention": prevention,
    "roster": roster,
    "rating": rating,
    "backup": backup,
    "restore": backup,
    "precincts": precincts,
    "voters": voters,
}
"""Each is given its own name and what follows it."""


def main(argv: list[str]) -> int:
    words.language.set(terminal_language(os.environ))
    if not argv or argv[0] not in COMMANDS:
        print(
            words.word("command.unknown", command=argv[0] if argv else "", known=", ".join(COMMANDS)),
            file=sys.stderr,
        )
        return 2
    if argv[0] != "bench":
        slow_log.addHandler(logging.NullHandler())  # to a process's log, where it has one; to no terminal
    caller.set(Caller("command", f"{terminal_origin()}@{socket.gethostname()}", f"./ikomek {argv[0]}"))
    try:
        return COMMANDS[argv[0]](argv)
    except IkomekError as error:
        print(_refusal(error), file=sys.stderr)
        return 1
    except MachineError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if not is_away(error):
            raise
        print(_without_database(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1


def _refusal(error: IkomekError) -> str:
    """What lies behind "the database is not answering" may be that it does not answer this user."""
    if error.__cause__ is not None and is_refused(error.__cause__):
        return words.word("command.database_refused", user=getpass.getuser())
    return words.error_words(error)


def _without_database(error: Exception) -> str:
    if is_refused(error):
        return words.word("command.database_refused", user=getpass.getuser())
    return words.word("command.database_away", reason=str(error).splitlines()[0])


def terminal_language(environ: dict[str, str] | os._Environ[str]) -> str:
    """The language of the terminal's locale ("ru_RU.UTF-8"), else English."""
    wanted = (environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or "")[:2]
    return wanted if wanted in words.LANGUAGES else "en"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
