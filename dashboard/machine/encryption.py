"""A file sealed for a recipient, by programs made for it: age (`age1...` or an SSH public key) or GnuPG (a
file with a public key).

Only who holds the private key opens it again; this machine needs none to make a backup.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.machine import workplaces
from dashboard.machine.backup import roomiest, run
from dashboard.machine.errors import MachineError, WrongUsage

AGE = b"age-encryption.org/"
AGE_RECIPIENTS = ("age1", "ssh-ed25519 ", "ssh-rsa ")
PGP_PUBLIC = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"


def check_recipient(recipient: str) -> None:
    """Raises `WrongUsage` for what no file can be sealed for, `MachineError` where the program for it is
    missing."""
    if recipient.startswith(AGE_RECIPIENTS):
        _need("age")
        return
    path = Path(recipient)
    if not path.is_file() or PGP_PUBLIC not in path.read_bytes():
        raise WrongUsage(
            f"'{recipient}' is neither a recipient of age (age1...), nor an SSH public key, nor a "
            f"file with an "
            "armoured OpenPGP public key."
        )
    _need("gpg")


def seal(path: Path, recipient: str) -> Path:
    """The sealed file beside `path`, which is removed."""
    sealed = path.with_name(f"{path.name}.sealed")
    if recipient.startswith(AGE_RECIPIENTS):
        run(["age", "--recipient", recipient, "--output", sealed, path], "encrypt the backup")
    else:
        with _keyring() as home:
            run(
                [
                    *_gpg(home),
                    "--trust-model",
                    "always",
                    "--recipient-file",
                    recipient,
                    "--output",
                    sealed,
                    "--encrypt",
                    path,
                ],
                "encrypt the backup",
            )
    path.unlink()
    return sealed


def is_sealed(path: Path) -> bool:
    """Whether it is encrypted, by its first bytes: age's header, or an OpenPGP packet, whose first bit is
    set; a tar begins with a file's name."""
    try:
        with open(path, "rb") as file:
            head = file.read(len(AGE))
    except FileNotFoundError as error:
        raise MachineError(f"There is no file {path}. Check its path.") from error
    return head == AGE or bool(head) and head[0] & 0x80 != 0


@contextmanager
def opened(path: Path, identity: Path | None) -> Iterator[Path]:
    """The file itself, or what is sealed in it, opened by the private key in `identity` for as long as
    needed."""
    if not is_sealed(path):
        yield path
        return
    if identity is None:
        raise MachineError(f"{path} is encrypted. Name the file with the private key: --identity FILE.")
    if not identity.is_file():
        raise MachineError(f"There is no file {identity} with the private key. Check its path.")
    with workplaces.work_in(roomiest(path.parent), workplaces.RESTORE) as folder:
        clear = folder / "backup.tar"
        _open(path, identity, clear)
        yield clear


def _open(path: Path, identity: Path, clear: Path) -> None:
    with open(path, "rb") as file:
        by_age = file.read(len(AGE)) == AGE
    _need("age" if by_age else "gpg")
    if by_age:
        run(["age", "--decrypt", "--identity", identity, "--output", clear, path], "decrypt the backup")
        return
    with _keyring() as home:
        run([*_gpg(home), "--import", identity], "read the private key")
        run([*_gpg(home), "--output", clear, "--decrypt", path], "decrypt the backup")


@contextmanager
def _keyring() -> Iterator[Path]:
    """A keyring of this moment: GnuPG would else take keys from, and leave some in, the caller's own. Its
    path is short, for its agent's socket."""
    with tempfile.TemporaryDirectory(prefix="ik-") as folder:
        try:
            yield Path(folder)
        finally:
            if shutil.which("gpgconf"):
                run(["gpgconf", "--homedir", folder, "--kill", "all"], "end GnuPG's agent")


def _gpg(home: Path) -> list[str | Path]:
    return ["gpg", "--batch", "--quiet", "--homedir", home, "--pinentry-mode", "loopback", "--passphrase", ""]


def _need(program: str) -> None:
    if shutil.which(program, path=os.environ.get("PATH")) is None:
        package = {"age": "age", "gpg": "gnupg"}[program]
        raise MachineError(f"The program {program} is missing. On Debian: apt-get install {package}")
