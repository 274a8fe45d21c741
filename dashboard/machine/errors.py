"""What the person at the terminal is told, with the exit code."""

from __future__ import annotations


class MachineError(Exception):
    """Something about this machine stands in the way. The text says what happened, to which thing, and
    what to do. Exit code 1."""

    exit_code = 1


class WrongUsage(MachineError):
    """The command was given wrongly. Exit code 2."""

    exit_code = 2


def file_error(
    error: OSError, advice: str = "'./ikomek doctor' looks at the data folder; --data chooses another."
) -> str:
    """The words for a file or folder that could not be written or read: a full or read-only disk, a folder
    that is none."""
    return f"{error.filename or 'This machine'}: {error.strerror}. {advice}"
