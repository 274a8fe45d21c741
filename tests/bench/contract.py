"""`./ikomek bench contract`: Schemathesis against every route that a program can reach: the description of
Open311 and one that is read from the code of all other routes. The goal: no failure of ours, every answer as
described.

Schemathesis has an environment of its own (`.venv-contract`, from `requirements-contract.lock`, made by
pip-compile with hashes and without addresses from: schemathesis>=4.32,<5). `--examples` (60) for each
operation; `--only PART` takes the paths that hold it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import httpx

import etl.demo
from dashboard.server import create_app
from tests.bench._cluster import own_cluster
from tests.support.programs import issue
from tests.support.route_description import describe
from tests.support.web import Server, serving

ROOT = Path(__file__).parents[2]
FOLDER, LOCK = ROOT / ".venv-contract", ROOT / "requirements-contract.lock"
CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance"
OPEN311_CHECKS = f"{CHECKS},status_code_conformance"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench contract", description=__doc__)
    parser.add_argument("--examples", type=int, default=60)
    parser.add_argument("--only", default="")
    args = parser.parse_args(argv)
    runner = install()
    with own_cluster() as settings:
        etl.demo.load(settings, scale="tiny")
        with serving(settings) as server:
            codes = [
                run(runner, server, open311(server), OPEN311_CHECKS, args, {"X-API-Key": key(server)}),
                run(runner, server, routes(server), CHECKS, args, signed_in(server)),
            ]
    return max(codes)


def install() -> Path:
    """The command of Schemathesis, installed from the lock unless that was done."""
    command = FOLDER / "bin/schemathesis"
    if not command.exists():
        print("installing Schemathesis into .venv-contract", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True)
        pip = [FOLDER / "bin/python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", LOCK], check=True)
    return command


def key(server: Server) -> str:
    return issue(server.settings, "contract", may_create=True, per_minute=6000)


def signed_in(server: Server) -> dict[str, str]:
    """What a browser of an administrator sends from a page of ours."""
    with server.client("administrator") as client:
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
    return {"Cookie": cookies, "Origin": server.url, "Sec-Fetch-Site": "same-origin"}


def open311(server: Server) -> Path:
    described = httpx.get(f"{server.url}/api/open311/v2/openapi.json").json()
    return keep(server, "open311.json", described)


def routes(server: Server) -> Path:
    return keep(server, "routes.json", describe(create_app(server.settings), server.url))


def keep(server: Server, name: str, described: dict) -> Path:
    path = Path(server.settings.data) / name
    path.write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
    return path


def run(
    runner: Path, server: Server, path: Path, checks: str, args: argparse.Namespace, headers: dict[str, str]
) -> int:
    base = json.loads(path.read_text())["servers"][0]["url"]
    command = [runner, "run", path, "--url", base, "--checks", checks, "--no-color"]
    command += ["--max-examples", str(args.examples), "--phases", "examples,coverage,fuzzing"]
    command += ["--request-timeout", "60", "--rate-limit", "5000/m", "--suppress-health-check", "all"]
    if args.only:
        command += ["--include-path-regex", args.only]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    print(f"== {path.stem}", flush=True)
    code = subprocess.run(command, check=False).returncode
    if code:
        print(server.logged()[-6000:], flush=True)
    return code
