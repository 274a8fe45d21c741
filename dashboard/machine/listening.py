"""The address that the web server listens on: free before it starts, answering once it runs."""

from __future__ import annotations

import http.client
import socket
import ssl
from urllib.parse import urlsplit

from dashboard.machine.errors import MachineError
from dashboard.machine.processes import Options


def require_free_port(options: Options) -> None:
    """Raises `MachineError` where something else listens there."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            raise MachineError(
                f"Cannot listen on {options.host} port {options.port}: {error.strerror}. "
                "Choose another with --host or --port."
            ) from error


def web_status(address: str, within_s: float = 2) -> int | None:
    """The status of `/healthz` at an address (https://127.0.0.1:8109): 200 is well, 0 is a connection that
    was closed instead, none is silence. A private certificate may name another host, so it is not checked on
    this own socket."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        caller: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=within_s, context=ssl._create_unverified_context()
        )
    else:
        caller = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=within_s)
    try:
        caller.request("GET", "/healthz")
        return caller.getresponse().status
    except http.client.HTTPException:
        return 0
    except OSError:
        return None
    finally:
        caller.close()
