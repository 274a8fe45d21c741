"""Precincts from files and into files. A file whose polygons are no coverage is reported place by place and not imported, unless it is to be cleaned; then what
cleaning changed is said."""
from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from dashboard.commands.table import print_table
from dashboard.words import code_words, word
from geo import assignment_import, plan_coverage, plan_export, plan_from_houses
from geo.legal_plans import plan_texts
from geo.metric import shapes_to_lon_lat
from geo.plan_coverage import Change, Fault
from geo.plans import PrecinctInput, import_plan
from geo.settings import City, Settings

if TYPE_CHECKING:
    from dashboard.commands.precincts import Files

FIRST = 50
"""Rows of a report on the terminal; the figures above it are of all."""


def load(connection: object, settings: Settings, asked: argparse.Namespace, files: Files) -> int:
    """By the file's ending: polygons, a list (.csv), a decision's text (.txt)."""
    name = asked.name or asked.file.stem
    loaders = {".csv": load_list, ".txt": load_text}
    return loaders.get(asked.file.suffix.lower(), load_polygons)(connection, settings, asked, files, name)


def load_polygons(connection: object, settings: Settings, asked: argparse.Namespace, files: Files, name: str) -> int:
    city = settings.city
    read = files.read_precincts(asked.file, city, asked.number)
    found = file_faults(read, asked.gap)
    if found:
        report(city, found)
    if found and not asked.clean:
        print(word("command.precincts.not_imported"), file=sys.stderr)
        return 1
    if found:
        read, changes = cleaned(read, asked.gap)
        report_changes(city, changes, asked.difference, files)
    plan = import_plan(connection, city, name, read, asked.who, state="draft")
    print(word("command.precincts.imported", plan=plan, name=name, n=len(read)))
    return 0


def check_file(settings: Settings, path: Path, asked: argparse.Namespace, files: Files) -> int:
    found = file_faults(files.read_precincts(path, settings.city, asked.number), asked.gap)
    report(settings.city, found)
    return 1 if found else 0


def file_faults(read: list[PrecinctInput], gap_m: float) -> list[Fault]:
    shaped = [precinct for precinct in read if precinct.geometry is not None]
    return plan_coverage.faults(np.array([precinct.geometry for precinct in shaped], dtype=object), [precinct.number for precinct in shaped], gap_m)


def cleaned(read: list[PrecinctInput], gap_m: float) -> tuple[list[PrecinctInput], list[Change]]:
    """The same precincts as a coverage, and what became of each."""
    shaped = [precinct for precinct in read if precinct.geometry is not None]
    before = np.array([precinct.geometry for precinct in shaped], dtype=object)
    after = plan_coverage.clean(before, gap_m)
    polygon = {precinct.number: shape for precinct, shape in zip(shaped, after)}
    mended = [replace(precinct, geometry=polygon.get(precinct.number)) for precinct in read]
    return mended, plan_coverage.difference(before, after, [precinct.number for precinct in shaped])


def report(city: City, found: list[Fault]) -> None:
    """Every kind with its count, then place by place (longitude, latitude)."""
    kinds = {kind: sum(fault.kind == kind for fault in found) for kind in ("polygon", "overlap", "gap", "mismatch")}
    print(", ".join(f"{word(f'precincts.fault.{kind}')}: {n}" for kind, n in kinds.items()))
    places = shapes_to_lon_lat(city.metric_srid, shapely.points([fault.place for fault in found])) if found else []
    print_table([{"fault": word(f"precincts.fault.{fault.kind}"), "precincts": ", ".join(map(str, fault.numbers)), "size": size(fault),
                  "place": f"{place.x:.6f}, {place.y:.6f}"} for fault, place in zip(found[:FIRST], places)])


def size(fault: Fault) -> str:
    return {"overlap": f"{fault.size:.2f} m2", "gap": f"{fault.size:.2f} m2", "mismatch": f"{fault.size:.1f} m"}.get(fault.kind, "–")


def report_changes(city: City, changes: list[Change], path: Path | None, files: Files) -> None:
    """What cleaning did, on the terminal and, where asked for, as shapes in a file."""
    print(word("command.precincts.cleaned", n=len(changes), gained=f"{sum(c.gained_m2 for c in changes):.1f}", lost=f"{sum(c.lost_m2 for c in changes):.1f}"))
    print_table([{"precinct": c.number, "gained": f"{c.gained_m2:.2f} m2", "lost": f"{c.lost_m2:.2f} m2"} for c in changes[:FIRST]])
    if path is not None:
        shapes = shapes_to_lon_lat(city.metric_srid, np.array([change.shape for change in changes], dtype=object))
        files.write_precincts(path, [{"number": c.number, "gained_m2": round(c.gained_m2, 3), "lost_m2": round(c.lost_m2, 3), "geometry": plan_export.as_multi(shape)}
                                     for c, shape in zip(changes, shapes)])


def load_list(connection: object, settings: Settings, asked: argparse.Namespace, files: Files, name: str) -> int:
    """A list "building -> precinct": into a draft by hand, or as a new draft whose borders follow it."""
    body = asked.file.read_bytes()
    if asked.plan is not None:
        moved, told = assignment_import.assign_list(connection, settings.city, asked.plan, body, asked.who)
        print(word("command.precincts.assigned", plan=asked.plan, read=told.read, moved=moved, rejected=len(told.rejects)))
    else:
        plan, told = assignment_import.draft_from_list(connection, settings.city, name, body, asked.who)
        print(word("command.precincts.listed", plan=plan, name=name, read=told.read, rejected=len(told.rejects)))
    if told.rejects:
        print_table([{"row": row, "value": value, "reason": code_words(code, {"building": value, "value": value, "precincts": value})}
                     for row, code, value in told.rejects[:FIRST]])
    return 0


def load_text(connection: object, settings: Settings, asked: argparse.Namespace, files: Files, name: str) -> int:
    """A decision's text: the draft, and the worklist of what did not match."""
    plan, doubts = plan_from_houses.draft_from_text(connection, settings.city, name, asked.file.read_text(encoding="utf-8-sig"), asked.who)
    print(word("command.precincts.told", plan=plan, name=name, n=len(doubts)))
    if doubts:
        print_table([{"precinct": doubt.precinct or "–", "doubt": word(f"precincts.doubt.{doubt.code}", other=doubt.other), "text": doubt.text} for doubt in doubts[:FIRST]])
    return 0


def save(connection: object, settings: Settings, asked: argparse.Namespace, files: Files) -> int:
    """By the file's ending: polygons, a list, the legal text, the passports."""
    city, suffix = settings.city, asked.file.suffix.lower()
    if suffix == ".csv":
        files.write_assignment(asked.file, plan_export.assignment(connection, city, asked.plan))
    elif suffix == ".txt":
        texts = plan_texts(connection, city, asked.plan, asked.lang)
        asked.file.write_text("\n".join(text.text for text in texts.values()), encoding="utf-8")
        say_untold(texts)
    elif suffix == ".html":
        from dashboard.passports import write_passports

        write_passports(asked.file, settings, asked.plan, asked.lang)
    else:
        files.write_precincts(asked.file, precincts_of(connection, city, asked.plan))
    print(word("command.precincts.written", file=asked.file))
    return 0


def say_untold(texts: dict) -> None:
    """Buildings that the text cannot give to their precinct: a person must mend their address."""
    rows = [{"precinct": text.number, "building": building, "reason": word(f"precincts.untold.{why}")} for text in texts.values() for building, why in text.untold.items()]
    if rows:
        print(word("command.precincts.untold", n=len(rows)), file=sys.stderr)
        print_table(rows[:FIRST])


def precincts_of(connection: object, city: City, plan: int) -> list[dict]:
    return plan_export.precincts(connection, city, plan)
