"""The address that the web server listens on: free before it starts, answering once it runs."""

from __future__ import annotations

import http.client
import socket
import ssl

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


def web_answers(options: Options) -> bool:
    """Whether `/healthz` says ok. A private certificate may name another host, so it is not checked on
    this own socket."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)
    if options.certificate:
        caller: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, options.port, timeout=2, context=ssl._create_unverified_context()
        )
    else:
        caller = http.client.HTTPConnection(host, options.port, timeout=2)
    try:
        caller.request("GET", "/healthz")
        return caller.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        caller.close()
