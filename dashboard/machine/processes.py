"""What runs under the supervisor, each a program of its own. To add one, name it in `application`,
and whom it runs as in `dashboard.machine.accounts`.

They outlive a supervisor that is killed, and the next one adopts them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dashboard.machine import credentials
from dashboard.machine.accounts import ACCOUNTS
from dashboard.machine.folders import work_folder
from dashboard.machine.pitr_plan import PLAN

OF_VOTERS = "voters"
ARCHIVE = "archive"
"""It is there while backups to a point in time are switched on."""
PASSED = re.compile(
    r"(IKOMEK|LC|PG|PYTHON|GDAL|PROJ|CPL)_?[A-Z0-9_]*|PATH|LANG|LANGUAGE|TZ|TMPDIR|SSL_CERT_(FILE|DIR)"
    r"|LD_LIBRARY_PATH|LD_PRELOAD|FAKETIME[A-Z_]*|(?i:https?_proxy|no_proxy)"
)
"""The names that a process is given of the environment of who starts it: whatever else a shell of root's
holds is none of its business."""
DECLARED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A variable that a feed is declared with."""
SECRETS = {"IKOMEK_VOTERS_MASTER": OF_VOTERS, "IKOMEK_SMTP_URL": "jobs", "IKOMEK_WEBHOOK_KEY": "jobs"}
"""What the names of secrets begin with, and the process that alone is given them."""


def address_of(host: str, port: int, secure: bool) -> str:
    """What a browser on this machine types."""
    every = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    return f"{'https' if secure else 'http'}://{every.get(host, f'[{host}]' if ':' in host else host)}:{port}"


@dataclass(frozen=True)
class Options:
    """The options of `up`. `certificate` and `key` are PEM files that the web server can read; `address` is
    what a browser on this machine opens."""

    root: Path
    data: Path
    python: Path
    host: str = "127.0.0.1"
    port: int = 8109
    empty: bool = False
    scale: str = "tenth"
    certificate: str | None = None
    key: str | None = None

    @property
    def address(self) -> str:
        return address_of(self.host, self.port, bool(self.certificate))

    @property
    def own_database(self) -> bool:
        return not os.environ.get("IKOMEK_DATABASE_URL")

    @property
    def own_redis(self) -> bool:
        return not os.environ.get("IKOMEK_REDIS_URL")

    def environment(self) -> dict[str, str]:
        """The environment of every process of ours: the data folder by name, output at once, UTF-8 whatever
        the caller's locale is."""
        return os.environ | {
            "IKOMEK_DATA": str(self.data),
            "PYTHONPATH": str(self.root),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
        }

    def process_environment(self, name: str) -> dict[str, str]:
        """The same for one process, whose home is a folder of its own: root's may not be looked into. It is
        given what is `PASSED`, what the declared feeds name if it reads them, and of the secrets its own, not
        how they are asked for. Raises `MachineError` (`credentials.given`)."""
        home = str(work_folder(self.data, ACCOUNTS[name]))
        found = self.command_environment() | {"HOME": home, "IKOMEK_WORK": home}
        others = [secret for secret, process in SECRETS.items() if process != name]
        hidden = (*others, credentials.COMMAND)
        declared = _declared(found) if name == "etl" else frozenset()
        return {
            key: value
            for key, value in found.items()
            if (PASSED.fullmatch(key) or key in declared | {"HOME"}) and not key.startswith(hidden)
        }

    def command_environment(self) -> dict[str, str]:
        """The environment of a command that a person types, with what is brought from outside."""
        return self.environment() | credentials.given()

    def module(self, name: str, *arguments: str) -> list[str]:
        return [str(self.python), "-m", name, *arguments]

    def process(self, name: str, *arguments: str) -> list[str]:
        """One that may be told to end at any moment (`geo.process`)."""
        return self.module("geo.process", name, *arguments)


def _declared(environ: Mapping[str, str]) -> frozenset[str]:
    """The variables that the declaration of feeds names; a file that cannot be read is refused by who reads
    it."""
    file = environ.get("IKOMEK_FEEDS")
    with suppress(OSError):
        return frozenset(DECLARED.findall(Path(file).read_text("utf-8", "replace"))) if file else frozenset()
    return frozenset()


def application(options: Options, demo: bool) -> dict[str, list[str]]:
    """Name -> command of the processes that stand on the two servers, in the order in which they start."""
    server = ["--host", options.host, "--port", str(options.port)]
    if options.certificate and options.key:
        server += ["--certificate", options.certificate, "--key", options.key]
    commands = {
        "web": options.module("dashboard.server", *server),
        "relay": options.process("geo.changes.relay"),
        "etl": options.process("etl.runs.watch"),
        "jobs": options.process("dashboard.jobs"),
        OF_VOTERS: options.process("etl.voters.service", *(("--demo", options.scale) if demo else ())),
    }
    if (options.data / PLAN).exists():
        commands[ARCHIVE] = options.process("dashboard.machine.archive")
    if demo:
        commands["simulator"] = options.process("etl.demo.simulate")
    return commands


def watcher_command(options: Options) -> list[str]:
    """What starts the supervisor with these options, and again."""
    arguments = [
        "--root",
        options.root,
        "--data",
        options.data,
        "--python",
        options.python,
        "--host",
        options.host,
        "--port",
        options.port,
        "--scale",
        options.scale,
    ]
    if options.empty:
        arguments.append("--empty")
    if options.certificate:
        arguments += ["--certificate", options.certificate, "--key", options.key]
    return options.module("dashboard.machine.watcher", *(str(word) for word in arguments))
