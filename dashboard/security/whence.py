"""From where a person signs in, in words that they know again: the kind of browser and of address. Of both no
more is kept than a line of the list of sessions says."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.requests import Request

from dashboard.security.cookies import BROWSER_COOKIE
from geo.accounts.sessions import Whence

BROWSERS = (
    ("YaBrowser/", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("OPR/", "Opera"),
    ("Edg", "Edge"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
"""What stands in User-Agent, and the browser: the first that is found, since most name others too."""
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def whence(request: Request) -> Whence:
    return Whence(
        browser_of(request.headers.get("user-agent", "")),
        network_of(request.state.origin.client),
        request.state.cookies.get(BROWSER_COOKIE),
    )


def browser_of(agent: str) -> str | None:
    """ "Firefox, Windows"; none for what is not known."""
    parts = [next((name for mark, name in table if mark in agent), None) for table in (BROWSERS, SYSTEMS)]
    return ", ".join(part for part in parts if part) or None


def network_of(client: str) -> str | None:
    """The kind of an address ("own", "inside", "outside"); none for what is none."""
    try:
        address = ip_address(client)
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    return "own" if address.is_loopback else "inside" if address.is_private else "outside"
