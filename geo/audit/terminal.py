"""Who gives a command at a terminal: by what the kernel knows, never by the environment, which everybody
writes as they like."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

LOGIN = Path("/proc/self/loginuid")
UNSET = 2**32 - 1


def terminal_person() -> str:
    """The account that signed in, which `sudo` and `su` do not change; where the system notes none (a
    container, a service), that of the process."""
    signed_in = _login()
    return account_of(os.getuid() if signed_in is None else signed_in) or f"uid{os.getuid()}"


def terminal_origin() -> str:
    """The same for the audit: of a person who acts under another account both, "aigerim as root"."""
    person, account = terminal_person(), account_of(os.getuid())
    return person if account in (None, person) else f"{person} as {account}"


def account_of(uid: int) -> str | None:
    """The name of the account; none for a number that has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _login() -> int | None:
    """The account of the sign-in, which the kernel holds; none where it was not noted or is gone."""
    try:
        uid = int(LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return uid if uid != UNSET and account_of(uid) is not None else None
