"""Under which names this server is reached. Whoever asks chooses the name (Host): it stands in links that
others read, and a page of a stranger whose name was made to lead here counts as ours by it. So a name that
nobody gave is refused.

Known are: those of `IKOMEK_HOSTS` (names, parted by spaces or commas; `*.centre.kz` for all right below one),
the address that `up` was told, the names in the certificate, `localhost`, the name of the machine, and the
IP address by which the caller has come.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from cryptography import x509

from dashboard.security.origins import Origin
from geo.errors import Misdirected

VARIABLE = "IKOMEK_HOSTS"
HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[0-9]{1,5})?", re.IGNORECASE)
LONGEST = 255
NOBODYS = {"", "0.0.0.0", "::"}
"""What `up` is told for every address of the machine."""


@dataclass(frozen=True)
class Hosts:
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *names: str) -> Hosts:
        """Those of the setting and of the machine, and `names`."""
        machine = socket.gethostname()
        ours = ("localhost", machine, machine.partition(".")[0], f"{machine.partition('.')[0]}.local")
        given = re.split(r"[\s,]+", os.environ.get(VARIABLE, ""))
        known = {name.casefold().rstrip(".") for name in (*ours, *given, *names)}
        return cls(frozenset(known - NOBODYS))

    def check(self, origin: Origin, reached: str) -> None:
        """`reached`: the address of ours to which the caller's connection leads. Raises `Misdirected`
        ("door.host")."""
        name = _name(origin.host)
        if name is None or not (self._has(name) or _is_own_address(name, reached)):
            raise Misdirected("door.host", host=origin.host[:100], setting=VARIABLE)

    def _has(self, name: str) -> bool:
        return name in self.names or f"*.{name.partition('.')[2]}" in self.names


def certificate_names(file: str | Path) -> Iterable[str]:
    """The names for which the first certificate of a PEM file was made; none where it has none."""
    certificate = x509.load_pem_x509_certificates(Path(file).read_bytes())[0]
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [
        *names.get_values_for_type(x509.DNSName),
        *map(str, names.get_values_for_type(x509.IPAddress)),
    ]


def _name(host: str) -> str | None:
    """The name or address without its port; none for what is no host."""
    found = HOST.fullmatch(host) if len(host) <= LONGEST else None
    return found[1].casefold().strip("[]").rstrip(".") if found else None


def _is_own_address(name: str, reached: str) -> bool:
    address = _address(name)
    return address is not None and (address == _address(reached) or ip_address(address).is_loopback)


def _address(text: str) -> str | None:
    """An IP address in one form; none for what is none."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
