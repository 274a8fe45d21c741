"""The scripts and the styles of all pages as one file each, in place of a request for every file of
`assets`: first those of its root, then folder by folder, by name.

Their addresses carry a digest of what they hold, so that a browser keeps them until they change. Workers and
the styles of the sign-in page are asked for by addresses of their own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from fastapi import APIRouter, Request, Response

from dashboard.compression import pack_ahead
from dashboard.words import LANGUAGES, as_json

ASSETS = Path(__file__).parent.parent / "assets"
VENDOR = ASSETS / "vendor"
RELATIVE = re.compile(r"""url\((["']?)(?![/"']|[a-z]+:|#)""")
"""The address of a file from a style, as that style's own folder sees it."""

router = APIRouter(prefix="/assets", include_in_schema=False)


@dataclass(frozen=True)
class Bundle:
    path: str
    media_type: str
    body: bytes

    @cached_property
    def digest(self) -> str:
        return digest_of(self.body)

    @property
    def tag(self) -> str:
        return f'"{self.digest}"'

    @property
    def address(self) -> str:
        return f"{self.path}?m={self.digest}"


def files(suffix: str) -> list[Path]:
    """Those of the root first; then folder by folder, by name."""
    found = []
    for folder, _, names in sorted(os.walk(ASSETS)):
        found += [Path(folder, name) for name in sorted(names) if name.endswith(suffix)]
    return found


def digest_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


@cache
def worker(path: str) -> str:
    """The address of a script that runs beside a page: the same on each, so that the tabs share it."""
    return f"/assets/{path}?m={digest_of((ASSETS / path).read_bytes())}"


@cache
def scripts() -> Bundle:
    parts = [f"/* {path.relative_to(ASSETS)} */\n{path.read_text()}" for path in files(".js")]
    return Bundle("/assets/scripts.js", "text/javascript", "\n;\n".join(parts).encode())


@cache
def styles() -> Bundle:
    parts = []
    for path in files(".css"):
        folder = "/assets/" + path.parent.relative_to(ASSETS).as_posix().removeprefix(".")
        parts.append(RELATIVE.sub(rf"url(\1{folder.rstrip('/')}/", path.read_text()))
    return Bundle("/assets/styles.css", "text/css", "\n".join(parts).encode())


@cache
def catalogue(lang: str) -> Bundle:
    """What scripts say. Asked for without its digest: a browser asks each time whether it has changed."""
    own = "\n".join(path.read_text() for path in files(".js") if VENDOR not in path.parents)
    body = json.dumps(as_json(lang, own), ensure_ascii=False, separators=(",", ":"))
    return Bundle(f"/words/{lang}.json", "application/json", body.encode())


@router.get("/scripts.js")
async def send_scripts(request: Request) -> Response:
    return answer(request, scripts())


@router.get("/styles.css")
async def send_styles(request: Request) -> Response:
    return answer(request, styles())


def tags() -> dict[str, str]:
    """What stands for them in the document of a page."""
    return {
        "{%styles%}": f'<link rel="stylesheet" href="{styles().address}">',
        "{%own_scripts%}": f'<script src="{scripts().address}"></script>',
        "{%workers%}": f'data-live-worker="{worker("live_worker.js")}" '
        f'data-watch-worker="{worker("wall/watch_worker.js")}"',
    }


def read_ahead() -> None:
    """For a process that copies of itself will serve: none of them reads and packs all of it again."""
    tags()
    for bundle in (scripts(), styles()):
        pack_ahead(bundle.address, bundle.body, bundle.tag)
    for lang in LANGUAGES:
        words = catalogue(lang)
        pack_ahead(words.path, words.body, words.tag)


def answer(request: Request, bundle: Bundle) -> Response:
    if request.headers.get("if-none-match") == bundle.tag:
        return Response(status_code=304, headers={"etag": bundle.tag})
    return Response(bundle.body, media_type=bundle.media_type, headers={"etag": bundle.tag})
