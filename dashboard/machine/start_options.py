"""What an `up` was told, kept in the data folder for every later one: nobody types it again after a crash, a
`down`, a restart of the machine. What a command line says outweighs it, and is kept from then on.

Settings of the environment are not kept, for they hold passwords: only their names are, so that an `up` can
say which ones it lacks.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dashboard.machine.errors import MachineError
from dashboard.machine.paths import START_FILE
from dashboard.machine.processes import address_of
from dashboard.machine.progress import say
from dashboard.machine.state import write_whole

NOT_SETTINGS = {"IKOMEK_DATA", "IKOMEK_WORK", "IKOMEK_SERVERS"}
"""Variables of ours that an `up` sets itself, or that name the data folder itself."""


@dataclass(frozen=True)
class StartOptions:
    """`tls_cert` and `tls_key` are the files as given, absolute; `settings` the names of ours in the
    environment."""

    host: str = "127.0.0.1"
    port: int = 8109
    empty: bool = False
    scale: str = "tenth"
    tls_cert: str | None = None
    tls_key: str | None = None
    settings: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return address_of(self.host, self.port, bool(self.tls_cert))

    @classmethod
    def of(cls, raw: Any) -> StartOptions:
        """What `keep` wrote. Raises `TypeError`, `KeyError` or `ValueError` for anything else."""
        return cls(
            str(raw["host"]),
            int(raw["port"]),
            raw["empty"] is True,
            str(raw["scale"]),
            None if raw["tls_cert"] is None else str(raw["tls_cert"]),
            None if raw["tls_key"] is None else str(raw["tls_key"]),
            tuple(map(str, raw["settings"])),
        )

    def words(self) -> list[str]:
        """The same as options of a command line; what goes without saying is left out."""
        plain, options = StartOptions(), []
        for name in ("host", "port", "scale", "tls_cert", "tls_key"):
            if getattr(self, name) != getattr(plain, name):
                options += [f"--{name.replace('_', '-')}", str(getattr(self, name))]
        return [*options, "--empty"] if self.empty else options


def settings_given() -> dict[str, str]:
    """Our settings in the environment."""
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith("IKOMEK_") and name not in NOT_SETTINGS and value
    }


def read(data: Path) -> StartOptions | None:
    """What the last `up` with this data folder was told; none where there was none, or what stands there is
    not ours."""
    try:
        return StartOptions.of(json.loads((data / START_FILE).read_bytes()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise MachineError(
            f"The data folder {data} belongs to another account. Run this as root, or as its owner."
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def of(data: Path, args: argparse.Namespace) -> StartOptions:
    """What this command line says, and for the rest what the last one did."""
    last = read(data) or StartOptions()
    if args.no_tls:
        last = replace(last, tls_cert=None, tls_key=None)
    given = {
        name: getattr(args, name)
        for name in ("host", "port", "empty", "scale")
        if getattr(args, name) is not None
    }
    if args.tls_cert:
        given |= {
            "tls_cert": str(Path(args.tls_cert).resolve()),
            "tls_key": str(Path(args.tls_key).resolve()),
        }
    return replace(last, **given, settings=tuple(settings_given()))


def keep(data: Path, start: StartOptions) -> None:
    """For the next `up`. Says what comes from the last one, and which settings that one had besides."""
    last = read(data)
    if last and start.words() and start.words() == last.words():
        say(f"As the last time: {' '.join(start.words())}")
    lacking = sorted(set(last.settings) - set(start.settings)) if last else []
    if lacking:
        say(
            f"The last 'up' had {', '.join(lacking)} in its environment, this one has not. The data folder "
            "keeps no settings of the environment, for they hold passwords: set them again, or let "
            "'./ikomek service install' keep them for the start with the machine."
        )
    write_whole(data / START_FILE, json.dumps(asdict(start)))
