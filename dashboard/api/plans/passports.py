"""The passports of a plan's precincts: one A4 sheet each, for paper or PDF, all in one run; and the legal
text as plain text.

`GET /api/v1/plans/<plan>/passports[?number=229]` is the printable page (the browser prints it to PDF);
`GET /api/v1/plans/<plan>/text/<kk|ru>[?number=229]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, PlainTextResponse
from starlette.background import BackgroundTask

from dashboard.api.plans import passport_map
from dashboard.formats import number, numbered
from dashboard.request_context import RequestContext, current
from dashboard.words import language, word
from geo.database import Engine, connected_engine
from geo.plans.decision_text.plans import plan_texts
from geo.settings import City, Settings
from layers.executors import EXPORTS
from layers.incidents.export import discard, whole_file
from layers.plans.passport import Sheet, read_sheets
from layers.reading import snapshot

Wanted = Annotated[int | None, Query(alias="number", ge=1, le=99_999)]
CSS = Path(__file__).parent / "passports.css"

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)


@router.get("/{plan}/passports")
async def passports(plan: int, wanted: Wanted = None) -> FileResponse:
    """Drawn to a file first: the database is free before a slow network is, and a plan or a precinct that
    is not there is an answer, not half a page."""
    context = current()
    path = await context.run(EXPORTS, exported, context, plan, language.get(), wanted)
    return FileResponse(path, media_type="text/html; charset=utf-8", background=BackgroundTask(discard, path))


@router.get("/{plan}/text/{lang}")
async def legal_text(plan: int, lang: str, wanted: Wanted = None) -> PlainTextResponse:
    context = current()

    def read() -> str:
        with snapshot(context.servers.engine) as connection:
            texts = plan_texts(connection, context.settings.city, plan, lang, wanted).values()
        context.record("plan.exported", plan=plan, form="text")
        return "\n".join(text.text for text in texts)

    return PlainTextResponse(await context.run(EXPORTS, read))


def exported(context: RequestContext, plan: int, lang: str, wanted: int | None) -> Path:
    path = drawn(context.servers.engine, context.settings.city, plan, lang, wanted)
    try:
        context.record("plan.exported", plan=plan, form="passports")
    except BaseException:
        discard(path)
        raise
    return path


def drawn(engine: Engine, city: City, plan: int, lang: str, wanted: int | None) -> Path:
    """A file of the caller's own, in a folder of its own, to be deleted when it has been sent."""
    with whole_file("passports.html") as path:
        write(path, engine, city, plan, lang, wanted)
    return path


def write(path: Path, engine: Engine, city: City, plan: int, lang: str, wanted: int | None) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(page(engine, city, plan, lang, wanted))


def write_passports(path: Path, settings: Settings, plan: int, lang: str) -> None:
    """The same page as a file that needs no server."""
    language.set(lang)
    with connected_engine(settings, "reader", pool_size=1) as engine:
        write(path, engine, settings.city, plan, lang, None)


def page(engine: Engine, city: City, plan: int, lang: str, wanted: int | None) -> Iterator[str]:
    """The document in parts: its head with the first sheet, then a sheet a part. Nothing is sent of a plan
    that is not there."""
    at = datetime.now(UTC).astimezone(city.time_zone).strftime("%d.%m.%Y %H:%M")
    sheets = read_sheets(engine, city, plan, lang, wanted)
    language.set(lang)
    first = _article(next(sheets), city, at)
    title = word("passport.title", number=wanted) if wanted is not None else word("passport.all")
    yield f"""<!doctype html><html lang="{lang}">
<head><meta charset="utf-8"><title>{escape(title)}</title>
<style>{CSS.read_text(encoding="utf-8")}</style></head>
<body><p class="hint">{escape(word("passport.hint"))}</p>{first}"""
    for sheet in sheets:
        language.set(lang)
        yield _article(sheet, city, at)
    yield "</body></html>"


def _article(sheet: Sheet, city: City, at: str) -> str:
    """One precinct."""
    precinct, plan = sheet.precinct, sheet.plan
    state = (
        word("passport.in_force", day=plan["in_force_from"].strftime("%d.%m.%Y"))
        if plan["state"] == "published" and plan["in_force_from"]
        else word("passport.draft")
    )
    facts = [
        (word("passport.voters"), number(precinct["voters"])),
        (word("passport.buildings"), number(precinct["buildings"])),
    ]
    if city.precincts is not None:
        facts.append(
            (
                word("passport.cap", cap=number(city.precincts.cap)),
                word("number.percent", share=number(100 * precinct["voters"] / city.precincts.cap)),
            )
        )
    facts_html = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts
    )
    station = ", ".join(part for part in (precinct["station"], precinct["station_address"]) if part) or word(
        "passport.no_station"
    )
    drawn = (
        passport_map.draw(sheet) if sheet.box else f'<p class="no-map">{escape(word("passport.no_map"))}</p>'
    )
    return f"""<article class="sheet"><header><div><p class="over">{escape(word("passport.over"))} ·
        {escape(city.names[language.get()])}, {escape(precinct["district"] or "–")}</p>
<h1>{numbered(precinct["number"])}{_former(precinct)}</h1></div><dl>{facts_html}</dl></header>
<p class="place"><i></i><b>{escape(word("passport.station"))}</b> {escape(station)}</p>{drawn}
<h2>{escape(word("passport.borders"))}</h2><ul class="streets">{"".join(_streets(sheet))}</ul>
<footer><span>{escape(word("passport.plan", name=plan["name"]))} ·
    {escape(state)}</span><span>{escape(word("passport.made", at=at))}</span></footer></article>
"""


def _former(precinct: dict) -> str:
    return (
        f" <small>{escape(word('studio.former', number=precinct['former']))}</small>"
        if precinct["former"] is not None
        else ""
    )


def _streets(sheet: Sheet) -> Iterator[str]:
    lang = "kk" if language.get() == "kk" else "ru"
    for line in sheet.text.lines:
        yield f"<li><b>{escape(line.street)}</b>: {escape(', '.join(line.items(lang)))}</li>"
