"""OGC API Features, read only: `/api/features/v1` for QGIS, GDAL and the like, under our sign-in or with a
token of a user (`./ikomek user token`), whose scope it keeps. What leaves the house is in the audit, page by
page.

    ogrinfo OAPIF:https://HOST/api/features/v1 --config GDAL_HTTP_AUTH BEARER --config GDAL_HTTP_BEARER TOKEN
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from dashboard.api.incidents.actions import PathId
from dashboard.request_context import RequestContext, current
from dashboard.words import word
from layers.executors import PROGRAMS
from layers.features.collections import COLLECTIONS, FeatureCollection, find_collection
from layers.features.items import CRS84, MOST_A_PAGE, PageQuery, read_item, read_items, read_page
from layers.scope import Scope

PREFIX = "/api/features/v1"
GEOJSON = "application/geo+json"
CONFORMS = [
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}" for part in ("core", "geojson", "oas30")
]

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@router.get("")
@router.get("/")
async def send_landing(request: Request) -> JSONResponse:
    links = [
        link(request, "", "self"),
        link(request, "/api", "service-desc", "application/vnd.oai.openapi+json;version=3.0"),
        link(request, "/conformance", "conformance"),
        link(request, "/collections", "data"),
    ]
    city = current().settings.city
    return JSONResponse(
        {"title": word("features.title", city=city.names[current().language]), "links": links}
    )


@router.get("/conformance")
async def send_conformance() -> JSONResponse:
    return JSONResponse({"conformsTo": CONFORMS})


@router.get("/api")
async def send_description() -> JSONResponse:
    """The part of OpenAPI that clients look for: the addresses, and the largest page."""
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE}
    parameters = [
        {"name": "limit", "in": "query", "schema": limit},
        *({"name": name, "in": "query", "schema": {"type": "string"}} for name in ("bbox", "datetime")),
    ]
    answer = {"200": {"description": "GeoJSON", "content": {GEOJSON: {}}}}
    paths = {
        f"/collections/{key}/items": {"get": {"parameters": parameters, "responses": answer}}
        for key in COLLECTIONS
    }
    about = {"title": "iKOMEK109", "version": "1"}
    document = {"openapi": "3.0.3", "info": about, "servers": [{"url": PREFIX}], "paths": paths}
    return JSONResponse(document, media_type="application/vnd.oai.openapi+json;version=3.0")


@router.get("/collections")
async def send_collections(request: Request) -> JSONResponse:
    found = [describe(request, one) for one in COLLECTIONS.values()]
    return JSONResponse({"links": [link(request, "/collections", "self")], "collections": found})


@router.get("/collections/{key}")
async def send_collection(request: Request, key: str) -> JSONResponse:
    return JSONResponse(describe(request, find_collection(key)))


@router.get("/collections/{key}/items")
async def send_items(request: Request, key: str) -> JSONResponse:
    collection, query = find_collection(key), dict(request.query_params)
    page = read_page(collection, query)
    rows = await current().run(PROGRAMS, read_and_record, current(), collection, page)
    path, shown = f"/collections/{key}/items", rows[: page.limit]
    links = [link(request, path, "self", GEOJSON, query)]
    if len(rows) > page.limit:
        links.append(link(request, path, "next", GEOJSON, query | {"after": str(shown[-1]["id"])}))
    content = {
        "type": "FeatureCollection",
        "features": shown,
        "numberReturned": len(shown),
        "links": links,
    }
    return JSONResponse(content, media_type=GEOJSON)


@router.get("/collections/{key}/items/{number}")
async def send_item(request: Request, key: str, number: PathId) -> JSONResponse:
    collection, context = find_collection(key), current()
    scope, city = Scope.of(context.principal), context.settings.city
    found = await context.run(
        PROGRAMS, read_item, context.servers.engine, city, scope, collection, number, context.language
    )
    path = f"/collections/{key}"
    links = [link(request, f"{path}/items/{number}", "self", GEOJSON), link(request, path, "collection")]
    return JSONResponse(found | {"links": links}, media_type=GEOJSON)


def read_and_record(
    context: RequestContext, collection: FeatureCollection, page: PageQuery
) -> list[dict[str, Any]]:
    """Incidents that leave the house are recorded before they do."""
    scope, city = Scope.of(context.principal), context.settings.city
    rows = read_items(context.servers.engine, city, scope, collection, page, context.language)
    if collection.scoped and rows:
        context.record("incident.exported", form="ogc", rows=min(len(rows), page.limit), filter=page.after)
    return rows


def describe(request: Request, collection: FeatureCollection) -> dict[str, Any]:
    path, city = f"/collections/{collection.key}", current().settings.city
    return {
        "id": collection.key,
        "title": word(f"features.{collection.key}"),
        "extent": {"spatial": {"bbox": [list(city.bbox)], "crs": CRS84}},
        "itemType": "feature",
        "crs": [CRS84],
        "links": [link(request, path, "self"), link(request, f"{path}/items", "items", GEOJSON)],
    }


def link(
    request: Request,
    path: str,
    rel: str,
    media_type: str = "application/json",
    query: Mapping[str, str] | None = None,
) -> dict[str, str]:
    origin = request.state.origin
    address = f"{origin.scheme}://{origin.host}{PREFIX}{path}"
    return {"href": f"{address}?{urlencode(query)}" if query else address, "rel": rel, "type": media_type}
