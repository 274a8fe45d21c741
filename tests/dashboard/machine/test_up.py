"""When `up --detach` returns."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from dashboard.machine import state

ROOT = Path(__file__).parents[3]
GOES_ON = """
import http.server, os, sys
from pathlib import Path
from dashboard.machine import state
data, refused = Path(sys.argv[1]), [503, 503]
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = refused.pop() if refused else 200
        if status == 200:
            print("the addresses", flush=True)
            (data / "answered").touch()
        self.send_response(status)
        self.end_headers()
own = state.Started.of(os.getpid())
state.MachineState(own, "running", watcher=own).write(data)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Page).serve_forever()
"""

DETACH = """
import sys
from pathlib import Path
from dashboard.machine.processes import Options
from dashboard.machine.up import detach
data, port = Path(sys.argv[1]), int(sys.argv[2])
command = [sys.executable, "-c", sys.argv[3], str(data), str(port)]
sys.exit(detach(command, Options(Path.cwd(), data, Path(sys.executable), port=port)))
"""


def test_it_waits_for_the_page(tmp_path: Path, port: int) -> None:
    """What runs may not answer yet: the database recovers from a kill."""
    (tmp_path / "log").mkdir()
    command = [sys.executable, "-c", DETACH, str(tmp_path), str(port), GOES_ON]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    os.kill(state.read(tmp_path).supervisor.pid, signal.SIGKILL)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "answered").exists() and "the addresses" in done.stdout
