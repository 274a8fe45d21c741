"""The gateways by which channels tell citizens something, read from the file that `IKOMEK_CITIZEN_GATEWAYS`
names; without it nothing is sent, and operators tell who asks. In it

    [[gateway]]
    key = "telegram"                                # the channel, as inquiries name it
    webhook = "https://bot.example.org/messages"    # gets a POST for each message
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from geo.rule_file import RuleFile
from geo.toml import Checks, TomlFile, keyed_tables
from geo.toml_values import is_web_address

VARIABLE = "IKOMEK_CITIZEN_GATEWAYS"
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Gateway:
    key: str
    webhook: str


def current_gateways() -> tuple[Gateway, ...]:
    """Those of a running city (`GATEWAYS`). Raises what `read_gateways` raises."""
    named = os.environ.get(VARIABLE)
    return GATEWAYS.current(Path(named)) if named else ()


def read_gateways(path: Path | None = None) -> tuple[Gateway, ...]:
    """Raises `InvalidInput` ("gateways.rules" with the file, the line and the key that is wrong,
    "gateways.file")."""
    named = os.environ.get(VARIABLE)
    if path is None and not named:
        return ()
    file = TomlFile.read(path or Path(str(named)), "gateways.file")
    return tuple(Gateway(**table) for table in keyed_tables(file, "gateway", CHECKS, {}, "gateways.rules"))


CHECKS: Checks = {
    "key": lambda value: isinstance(value, str) and KEY.fullmatch(value),
    "webhook": is_web_address,
}
GATEWAYS = RuleFile(read_gateways)
