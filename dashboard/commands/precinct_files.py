"""Precincts from files and into files. A file whose polygons are no coverage is reported place by place
and not imported, unless it is to be cleaned; then what cleaning changed is said."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import shapely

from dashboard.commands.table import print_table
from dashboard.words import code_words, word
from geo.audit.records import record_audit
from geo.crs import shapes_to_lon_lat
from geo.database import Connection
from geo.plans import coverages, export
from geo.plans import holes as plan_holes
from geo.plans.coverages import CleaningChange, Fault
from geo.plans.decision_text.plans import plan_texts
from geo.plans.decision_text.read import Unmatched
from geo.plans.files import assignment_lists, from_buildings, unmatched
from geo.plans.holes import Hole
from geo.plans.plan_import import PlanInput, PrecinctInput, import_plan
from geo.settings import City, Settings
from geo.written_text import read_written

FIRST = 50
"""Rows of a report on the terminal; the figures above it are of all."""


class ReadPlanFile(Protocol):
    """`etl.plans.files.PlanFile`."""

    @property
    def precincts(self) -> list[PrecinctInput]: ...
    @property
    def holes(self) -> list[Hole]: ...
    @property
    def questions(self) -> list[Unmatched]: ...


class Files(Protocol):
    """`etl.plans.files`: reading and writing files is the business of `etl`, which `dashboard.cli` hands
    over."""

    def read_precincts(
        self, path: Path, city: City, number_field: str | None = None, srid: int | None = None
    ) -> ReadPlanFile: ...
    def write_precincts(self, path: Path, rows: list) -> None: ...
    def write_assignment(self, path: Path, rows: list) -> None: ...


def load(connection: Connection, settings: Settings, args: argparse.Namespace, files: Files) -> int:
    """Loads a file by its ending: polygons, a list (.csv), a decision's text (.txt)."""
    name = args.name or args.file.stem
    loaders = {".csv": load_list, ".txt": load_text}
    return loaders.get(args.file.suffix.lower(), load_polygons)(connection, settings, args, files, name)


def load_polygons(
    connection: Connection, settings: Settings, args: argparse.Namespace, files: Files, name: str
) -> int:
    city = settings.city
    read = files.read_precincts(args.file, city, args.number, args.srid)
    holes = read.holes + accepted(read, args.holes)
    precincts, found = read.precincts, file_faults(read.precincts, holes)
    if found:
        report(city, found)
    if found and not args.clean:
        print(word("command.precincts.not_imported"), file=sys.stderr)
        return 1
    if found:
        precincts, changes = cleaned(precincts, args.gap, holes)
        report_changes(city, changes, args.difference, files)
        report_left(city, file_faults(precincts, holes))
    plan = import_plan(connection, city, PlanInput(name, precincts, "draft"), args.who)
    plan_holes.keep_holes(connection, city, plan, holes, args.who)
    unmatched.keep_unmatched(connection, city.region, plan, read.questions)
    print(word("command.precincts.imported", plan=plan, name=name, n=len(precincts)))
    report_questions(read.questions)
    return 0


def check_file(settings: Settings, path: Path, args: argparse.Namespace, files: Files) -> int:
    read = files.read_precincts(path, settings.city, args.number, args.srid)
    found = file_faults(read.precincts, read.holes + accepted(read, args.holes))
    report(settings.city, found)
    report_questions(read.questions)
    return 1 if found else 0


def shaped(read: list[PrecinctInput]) -> tuple[np.ndarray, list[int]]:
    """Polygons and numbers of those that have one."""
    with_geometry = [precinct for precinct in read if precinct.geometry is not None]
    return np.array([precinct.geometry for precinct in with_geometry], dtype=object), [
        precinct.number for precinct in with_geometry
    ]


def accepted(read: ReadPlanFile, reason: str | None) -> list[Hole]:
    """The holes accepted by `--holes REASON`: every gap of the file that is too wide to be a mistake of
    drawing."""
    if reason is None:
        return []
    polygons = coverages.repaired(shaped(read.precincts)[0])
    return [
        Hole(gap.shape, reason)
        for gap in coverages.gaps(polygons, [hole.shape for hole in read.holes])
        if gap.width_m > coverages.GAP_M
    ]


def file_faults(read: list[PrecinctInput], holes: list[Hole]) -> list[Fault]:
    return coverages.faults(*shaped(read), [hole.shape for hole in holes])


def cleaned(
    read: list[PrecinctInput], gap_m: float, holes: list[Hole]
) -> tuple[list[PrecinctInput], list[CleaningChange]]:
    """The same precincts as a coverage, and what became of each."""
    before, numbers = shaped(read)
    after = coverages.clean(before, gap_m, [hole.shape for hole in holes])
    polygon = dict(zip(numbers, after))
    repaired = [replace(precinct, geometry=polygon.get(precinct.number)) for precinct in read]
    return repaired, coverages.difference(before, after, numbers)


def report_left(city: City, left: list[Fault]) -> None:
    """Reports what cleaning did not close, place by place: to accept with a reason, or to correct."""
    if left:
        print(word("command.precincts.left", n=len(left)), file=sys.stderr)
        report(city, left)


def report_questions(questions: list[Unmatched]) -> None:
    if questions:
        print(word("command.precincts.questions", n=len(questions)))
        print_table(
            [
                {
                    "precinct": one.precinct,
                    "question": code_words(one.code, {"value": one.text, "precinct": one.text}),
                }
                for one in questions[:FIRST]
            ]
        )


def report(city: City, found: list[Fault]) -> None:
    """Every kind with its count, then place by place (longitude, latitude)."""
    kinds = {
        kind: sum(fault.kind == kind for fault in found) for kind in ("polygon", "overlap", "gap", "mismatch")
    }
    print(", ".join(f"{word(f'precincts.fault.{kind}')}: {n}" for kind, n in kinds.items()))
    fault_points: list[shapely.Point] = (
        list(shapes_to_lon_lat(city.metric_srid, shapely.points([fault.at for fault in found])))
        if found
        else []
    )
    print_table(
        [
            {
                "fault": word(f"precincts.fault.{fault.kind}"),
                "precincts": ", ".join(map(str, fault.numbers)),
                "size": size(fault),
                "place": f"{at.x:.6f}, {at.y:.6f}",
            }
            for fault, at in zip(found[:FIRST], fault_points)
        ]
    )


def size(fault: Fault) -> str:
    return {
        "overlap": f"{fault.size:.2f} m2",
        "gap": f"{fault.size:.2f} m2",
        "mismatch": f"{fault.size:.1f} m",
    }.get(fault.kind, "–")


def report_changes(city: City, changes: list[CleaningChange], path: Path | None, files: Files) -> None:
    """Reports what cleaning did, on the terminal and, where asked for, as shapes in a file."""
    print(
        word(
            "command.precincts.cleaned",
            n=len(changes),
            gained=f"{sum(c.gained_m2 for c in changes):.1f}",
            lost=f"{sum(c.lost_m2 for c in changes):.1f}",
        )
    )
    print_table(
        [
            {"precinct": c.number, "gained": f"{c.gained_m2:.2f} m2", "lost": f"{c.lost_m2:.2f} m2"}
            for c in changes[:FIRST]
        ]
    )
    if path is not None:
        shapes = shapes_to_lon_lat(
            city.metric_srid, np.array([change.shape for change in changes], dtype=object)
        )
        files.write_precincts(
            path,
            [
                {
                    "number": c.number,
                    "gained_m2": round(c.gained_m2, 3),
                    "lost_m2": round(c.lost_m2, 3),
                    "geometry": export.as_multi(shape),
                }
                for c, shape in zip(changes, shapes)
            ],
        )


def load_list(
    connection: Connection, settings: Settings, args: argparse.Namespace, files: Files, name: str
) -> int:
    """A list "building -> precinct": into a draft by hand, or as a new draft whose borders follow it."""
    body = args.file.read_bytes()
    if args.plan is not None:
        moved, answer = assignment_lists.assign_list(connection, settings.city, args.plan, body, args.who)
        print(
            word(
                "command.precincts.assigned",
                plan=args.plan,
                read=answer.read,
                moved=moved,
                rejected=len(answer.rejects),
            )
        )
    else:
        plan, answer = assignment_lists.draft_from_list(connection, settings.city, name, body, args.who)
        print(
            word(
                "command.precincts.listed",
                plan=plan,
                name=name,
                read=answer.read,
                rejected=len(answer.rejects),
            )
        )
    if answer.rejects:
        print_table(
            [
                {
                    "row": row,
                    "value": value,
                    "reason": code_words(code, {"building": value, "value": value, "precincts": value}),
                }
                for row, code, value in answer.rejects[:FIRST]
            ]
        )
    return 0


def load_text(
    connection: Connection, settings: Settings, args: argparse.Namespace, files: Files, name: str
) -> int:
    """A decision's text: the draft, and the worklist of what did not match."""
    plan, questions = from_buildings.draft_from_text(
        connection, settings.city, name, read_written(args.file, "list.file"), args.who
    )
    print(word("command.precincts.told", plan=plan, name=name, n=len(questions)))
    if questions:
        print_table(
            [
                {
                    "precinct": question.precinct or "–",
                    "doubt": word(f"precincts.doubt.{question.code}", other=question.other),
                    "text": question.text,
                }
                for question in questions[:FIRST]
            ]
        )
    return 0


def save(connection: Connection, settings: Settings, args: argparse.Namespace, files: Files) -> int:
    """Writes a file by its ending: polygons, a list, the legal text, the passports."""
    city, suffix = settings.city, args.file.suffix.lower()
    if suffix == ".csv":
        files.write_assignment(args.file, export.assignment(connection, city, args.plan))
    elif suffix == ".txt":
        texts = plan_texts(connection, city, args.plan, args.lang)
        args.file.write_text("\n".join(text.text for text in texts.values()), encoding="utf-8")
        print_untold(texts)
    elif suffix == ".html":
        from dashboard.api.plans.passports import write_passports

        write_passports(args.file, settings, args.plan, args.lang)
    else:
        files.write_precincts(args.file, precincts_of(connection, city, args.plan))
    record_audit(connection, args.who, "plan.exported", plan=args.plan, form=suffix.lstrip(".")[:10])
    print(word("command.precincts.written", file=args.file))
    return 0


def print_untold(texts: dict) -> None:
    """Buildings that the text cannot give to their precinct: a person must mend their address."""
    rows = [
        {"precinct": text.number, "building": building, "reason": word(f"precincts.untold.{why}")}
        for text in texts.values()
        for building, why in text.untold.items()
    ]
    if rows:
        print(word("command.precincts.untold", n=len(rows)), file=sys.stderr)
        print_table(rows[:FIRST])


def precincts_of(connection: Connection, city: City, plan: int) -> list[dict]:
    return export.precincts(connection, city, plan)
