"""Where this server may go when it sends or fetches something at an address that somebody gave: no address of
this machine or of the network inside, unless the settings name its network."""

from __future__ import annotations

import os
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from geo.errors import Forbidden, InvalidInput

VARIABLE = "IKOMEK_OUTBOUND_NETWORKS"
"""Networks inside that may be reached all the same, by commas, as "10.1.0.0/16"; unset = none."""
SCHEMES = ("https", "http")

TRANSLATED = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96")))
"""Addresses of IPv6 whose last four bytes are one of IPv4 (NAT64; "compatible" and "translated" ones)."""
UNICAST = ip_network("2000::/3")
"""What is given out of IPv6; the rest is global by no more than not being named."""
RELAYS = ip_network("192.88.99.0/24")
"""Once the relays of 6to4."""

Address = IPv4Address | IPv6Address


def need_allowed(address: str) -> str:
    """The first of the host's addresses that may be reached: whoever connects does so to this one, so that a
    name that means another host a moment later leads nowhere else. Raises `InvalidInput`
    ("exchange.address"), `Forbidden` ("exchange.private"), `OSError` where the name is not known."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput("exchange.address", address=address[:200]) from error
    if parts.scheme not in SCHEMES or not host or parts.username or parts.password:
        raise InvalidInput("exchange.address", address=address[:200])
    found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    for one in addresses:
        if not is_allowed(ip_address(one)):
            raise Forbidden("exchange.private", host=host[:120], variable=VARIABLE)
    return addresses[0]


def pinned(address: str, chosen: str) -> tuple[str, str, dict[str, str]]:
    """An address as it is connected to, where its name is not asked about once more: that of the machine
    `chosen` (`need_allowed`); and beside it the header `Host`, and for whom its certificate must be, as
    httpx takes it (`extensions`)."""
    parts = urlsplit(address)
    host = f"[{chosen}]" if ":" in chosen else chosen
    port = f":{parts.port}" if parts.port else ""
    whole = parts._replace(netloc=f"{host}{port}").geturl()
    return whole, parts.netloc, {"sni_hostname": parts.hostname or ""}


def is_allowed(address: Address) -> bool:
    """Whether it is of the world outside, or of a network that the settings name."""
    plain = _plain(address)
    if is_inside(str(plain)):
        return True
    given_out = plain in UNICAST if isinstance(plain, IPv6Address) else plain not in RELAYS
    return given_out and plain.is_global and not plain.is_multicast


def is_inside(address: str) -> bool:
    """Whether an address (text) is of a network that the settings name."""
    plain = _plain(ip_address(address))
    named = [part.strip() for part in os.environ.get(VARIABLE, "").split(",") if part.strip()]
    return any(plain in ip_network(part, strict=False) for part in named)


def _plain(address: Address) -> Address:
    """The IPv4 address to which an IPv6 address leads by translation or a tunnel, else itself."""
    if isinstance(address, IPv4Address) or address.is_loopback:
        return address
    teredo = address.teredo and address.teredo[1]
    inner = address.ipv4_mapped or address.sixtofour or teredo
    if inner is None and any(address in network for network in TRANSLATED):
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address
