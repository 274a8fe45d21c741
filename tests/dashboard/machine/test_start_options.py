"""What an `up` is told, the next one knows."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from dashboard.machine import launcher, paths, start_options, state
from dashboard.machine.arguments import parse
from dashboard.machine.start_options import StartOptions
from dashboard.machine.up import options_of

FULL = "--host 0.0.0.0 --port 8443 --scale full --tls-cert a.pem --tls-key a.key --empty"


def start_with(data: Path, words: str = "") -> StartOptions:
    """Does what `up` does with its command line."""
    start = start_options.of(data, parse(["up", *words.split()]))
    start_options.keep(data, start)
    return start


def test_what_nobody_says_is_as_the_last_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert start_with(tmp_path) == StartOptions()
    full = start_with(tmp_path, FULL)
    assert full == StartOptions(
        "0.0.0.0", 8443, True, "full", os.path.abspath("a.pem"), os.path.abspath("a.key")
    )
    assert capsys.readouterr().out == ""
    assert start_with(tmp_path) == full
    assert "As the last time: --host 0.0.0.0 --port 8443 --scale full --tls-cert" in capsys.readouterr().out
    assert full.address == "https://127.0.0.1:8443"


def test_what_is_said_outweighs_it_and_is_kept(tmp_path: Path) -> None:
    start_with(tmp_path, FULL)
    start_with(tmp_path, "--port 8109 --no-empty --no-tls")
    assert start_with(tmp_path) == StartOptions(host="0.0.0.0", scale="full")


def test_it_names_the_settings_that_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IKOMEK_DATABASE_URL", "postgresql://a:secret@db/ikomek")
    start_with(tmp_path)
    assert "secret" not in (tmp_path / "start.json").read_text()
    monkeypatch.delenv("IKOMEK_DATABASE_URL")
    start_with(tmp_path)
    assert "had IKOMEK_DATABASE_URL in its environment" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"{}", b'{"host": 1}', b"\xff", b"[" * 100_000])
def test_an_unreadable_file_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "start.json").write_bytes(content)
    assert start_options.read(tmp_path) is None
    assert start_with(tmp_path, "--port 1").port == 1


def test_a_folder_with_nothing_else_in_it_is_a_data_folder(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    start_with(tmp_path)
    assert not paths.in_other_use(tmp_path)


def test_every_command_knows_where_it_will_run(ikomek: Callable, folder: Path, port: int) -> None:
    """After a kill of everything, as when the machine was restarted; `up` had the port once."""
    words = ("up", "--detach", "--empty", "--port", str(port))
    started = ikomek(*words)
    assert started.returncode == 0, started.stdout + started.stderr
    running = state.running(folder / "data")
    stopped = (running.watcher, running.supervisor, *running.processes.values())
    for process in stopped:
        os.kill(process.pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while any(process.alive for process in stopped):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert f"http://127.0.0.1:{port}" in ikomek("status").stdout
    assert f"--port {port} --empty" in ikomek("doctor").stdout
    again = ikomek("up", "--detach")
    assert again.returncode == 0, again.stdout + again.stderr
    assert httpx.get(f"http://127.0.0.1:{port}/healthz").text == "ok"
    assert state.running(folder / "data").demo is False
    assert ikomek("down").returncode == 0
    assert ikomek("up", "--detach").returncode == 0
    assert f"http://127.0.0.1:{port}/wall/operations?token=" in ikomek("wall", "token", "operations").stdout


def test_a_certificate_that_is_gone_is_named_with_the_ways_on(tmp_path: Path) -> None:
    where = launcher.find(tmp_path, str(tmp_path / "data"))
    with pytest.raises(launcher.WrongUsage, match=r"no file .*a\.pem.*--no-tls"):
        options_of(where, StartOptions(tls_cert=str(tmp_path / "a.pem"), tls_key=str(tmp_path / "a.key")))
