"""Where a request really comes from: its scheme, host and client behind a proxy, and whether a write comes
from our own pages."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

OURS = ("same-origin", "none")
"""What a browser says (Sec-Fetch-Site) of a request of our pages, and of one without any page."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Origin:
    """`client` is the caller's address, for the rate limit and the log."""

    scheme: str
    host: str
    client: str

    @property
    def secure(self) -> bool:
        return self.scheme == "https"


def server_of(scope: Scope) -> str:
    """The address of ours to which the caller's connection leads; "" where it is none of a network."""
    return (scope.get("server") or ("", 0))[0]


def read_origin(scope: Scope, headers: Headers, trust_proxy: bool) -> Origin:
    """The connection itself, or with `trust_proxy` what the one proxy in front added: the last value of
    each X-Forwarded-* header. Who names no host (HTTP/1.0) means the address that they have come to."""
    scheme, host, client = (
        scope.get("scheme", "http"),
        headers.get("host") or _authority(scope),
        (scope.get("client") or ("", 0))[0],
    )
    if trust_proxy:
        scheme = _last(headers, "x-forwarded-proto") or scheme
        host = _last(headers, "x-forwarded-host") or host
        client = _last(headers, "x-forwarded-for") or client
    return Origin(scheme, host, client)


def _authority(scope: Scope) -> str:
    address, port = server_of(scope), (scope.get("server") or ("", 0))[1]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def is_read_by_ours(headers: Headers) -> bool:
    """Whether a read comes from a page of ours, from a person's own hand (the address bar, a bookmark), or
    from a program: a browser that follows a link of another site, or puts us into its page, says so."""
    return headers.get("sec-fetch-site", "none") in OURS


def is_ours(headers: Headers, origin: Origin) -> bool:
    """Whether the browser says that a page of ours sends this. A browser always says one of both, so
    silence is a refusal."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in OURS:
        return False
    declared = headers.get("origin")
    if declared is None:
        return site is not None
    return declared == f"{origin.scheme}://{origin.host}"


def _last(headers: Headers, name: str) -> str:
    return headers.get(name, "").rpartition(",")[2].strip()
