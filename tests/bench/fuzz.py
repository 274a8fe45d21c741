"""`./ikomek bench fuzz`: Atheris (libFuzzer for Python, by coverage) at each parser of what comes from
outside, for a bounded time: CSV, JSON, Open311's XML, times, coordinates, addresses, texts of decisions, TOML
of scenes, feeds and alarms. Then bodies made to harm (archives, XML, nested JSON, pictures, geometries). The
goals: no fault of ours, each input within 1 s and 200 MB, and nothing written.

Atheris lies in a folder of its own (`.venv-fuzz`, from `requirements-fuzz.lock`, made by pip-compile with
hashes and without addresses from: atheris==3.0.0). `--seconds` (20) for each parser, `--only NAME` one of
them; what a fuzzer has found is kept in `build/fuzz/NAME`, and begun with the next time.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.bench._fuzz_parsers import LONGEST_S, PARSERS, seeds
from tests.bench._hostile_bodies import BODIES, measure

ROOT = Path(__file__).parents[2]
FOLDER, LOCK = ROOT / ".venv-fuzz", ROOT / "requirements-fuzz.lock"
KEPT = ROOT / "build" / "fuzz"
HANGS_S, MOST_MB, LIBRARIES_MB = 30, 200, 450
"""What comes to no end; the goal of memory; and what Python with our libraries takes by itself, before the
first input."""


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--only", choices=[*PARSERS, "hostile"])
    args = parser.parse_args(argv)
    faults = 0
    if args.only != "hostile":
        install()
        faults = sum(fuzz(name, args.seconds) for name in PARSERS if args.only in (None, name))
    if args.only in (None, "hostile"):
        faults += hostile()
    print(f"{faults} faults", flush=True)
    return 1 if faults else 0


def install() -> None:
    """Atheris, from its lock, unless that was done."""
    if (FOLDER / "atheris").exists():
        return
    print(f"installing Atheris into {FOLDER.name}", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--require-hashes", "--target", FOLDER, "-r", LOCK], check=True)


def fuzz(name: str, seconds: int) -> bool:
    """Whether a fault was found; its input is then kept and named."""
    corpus = KEPT / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed{number}").write_bytes(seed)
    options = [
        str(corpus),
        f"-max_total_time={seconds}",
        f"-timeout={HANGS_S}",
        f"-rss_limit_mb={LIBRARIES_MB + MOST_MB}",
        f"-artifact_prefix={KEPT}/{name}-",
        "-max_len=4096",
        "-print_final_stats=1",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench._fuzz_one", name, *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{FOLDER}", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        errors="replace",
    )
    runs = _figure(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    covered = _figure(r"cov: (\d+) ft", done.stderr)
    print(f"{name:<12} {runs:>9,} inputs, {covered:>6,} branches, {_verdict(done)}", flush=True)
    if done.returncode:
        print(done.stderr[-2500:], flush=True)
    return done.returncode != 0


def hostile() -> int:
    faults = 0
    for name in BODIES:
        found = measure(name)
        well = found.answered and found.seconds <= LONGEST_S and found.megabytes <= MOST_MB
        print(
            f"{name:<24} {found.seconds:5.2f} s {found.megabytes:6.0f} MB  {found.answer}"
            f"{'' if well else '  <- a fault'}",
            flush=True,
        )
        faults += not well
    return faults


def _figure(pattern: str, text: str) -> int:
    """The last of its kind."""
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def _verdict(done: subprocess.CompletedProcess[str]) -> str:
    if not done.returncode:
        return "no fault"
    kept = re.search(r"Test unit written to (\S+)", done.stderr)
    return f"A FAULT: {kept[1] if kept else done.returncode}"
