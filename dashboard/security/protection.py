"""What a browser must have for the centre's protections to hold, and what is done without each.

* TLS 1.2 or 1.3 and HSTS: nobody reads or changes anything on the way. Without: a warning at sign-in, unless
  the caller is this machine; cookies have no `__Host-` and are not kept to TLS.
* Cookies with `HttpOnly`, `SameSite=Lax`, `__Host-`: no script reads a session, no other site sends it. A
  browser without `SameSite` has no Fetch Metadata either: it is warned at sign-in.
* Fetch Metadata (`Sec-Fetch-Site`) and `Origin`: writes that other sites begin are refused. What says neither
  is refused as a write (`origins`), and is warned at sign-in.
* Content Security Policy 3: no script but ours runs, nobody frames us, and what it stops is told to us
  (`violations`). Without it every value is still escaped where it is written; such a browser is warned.
* `Clear-Site-Data`: nothing stays after signing out. Without: answers of a person say `private, no-cache`.
* WebAuthn: passkeys. Without: codes of an app.

Chromium 109, Firefox 115 and Safari 16.4, and newer, have all of them."""

from __future__ import annotations

from ipaddress import ip_address

from fastapi import Request

OWN = ("localhost", "127.0.0.1", "[::1]")


def lacking(request: Request) -> list[str]:
    """The keys of the warnings that are due at sign-in. Browsers say whence a request comes only to addresses
    that they trust: over TLS, or of their own machine."""
    origin = request.state.origin
    trusted = origin.secure or origin.host.rpartition(":")[0] in OWN or origin.host in OWN
    if not trusted:
        return [] if _is_own(origin.client) else ["sign_in.unencrypted"]
    return [] if "sec-fetch-site" in request.headers else ["sign_in.weak"]


def _is_own(client: str) -> bool:
    try:
        return ip_address(client).is_loopback
    except ValueError:
        return False
