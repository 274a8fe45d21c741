"""What goes out packed, what does not, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
import gzip
import re

import httpx
import pytest
from fastapi import FastAPI

from dashboard import bundles
from dashboard.compression import CompressionMiddleware
from tests.support.web import Server


@pytest.fixture(scope="module")
def client(demo_server: Server) -> httpx.Client:
    with demo_server.client() as client:
        yield client


def sent(client: httpx.Client, path: str, **headers: str) -> tuple[httpx.Headers, int]:
    """The head of the answer, and its bytes on the line."""
    with client.stream("GET", path, headers=headers) as answer:
        return answer.headers, sum(len(part) for part in answer.iter_raw())


def test_a_first_load_is_less_than_a_megabyte(client: httpx.Client) -> None:
    addresses = re.findall(r'(?:src|href)="(/[^"]+)"', client.get("/map").text)
    assert sum("_dash-component-suites" in address for address in addresses) > 5
    on_the_line = sum(sent(client, address)[1] for address in addresses)
    print(f"first load of /map: {on_the_line / 1e3:.0f} kB in {len(addresses)} files")
    assert on_the_line < 1_000_000


def test_an_asset_with_its_moment_is_kept_for_ever_and_comes_out_whole(client: httpx.Client) -> None:
    (address,) = re.findall(r'src="(/assets/[^"]+)"', client.get("/map").text)
    head, size = sent(client, address)
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert head["content-encoding"] == "gzip" and int(head["content-length"]) == size < len(plain.content) / 2
    assert client.get(address).content == plain.content and "content-encoding" not in plain.headers
    assert "max-age=31536000" in head["cache-control"] and "private" in head["cache-control"]
    assert "Accept-Encoding" in head["vary"] and "Cookie" in ", ".join(head.get_list("vary"))
    assert client.get(address, headers={"If-None-Match": head["etag"]}).status_code == 304


def test_words_and_layout_are_packed(client: httpx.Client) -> None:
    for path in ("/words/kk.json", "/_dash-layout"):
        assert sent(client, path)[0]["content-encoding"] == "gzip"
        assert client.get(path).json()


def test_the_stream_and_the_fonts_are_not(client: httpx.Client) -> None:
    with client.stream("GET", "/live") as answer:
        assert "content-encoding" not in answer.headers
        assert next(answer.iter_lines()).startswith(("event:", "id:", "retry:", ":"))
    css = client.get("/assets/base.css").text
    font = re.search(r'url\("?(/?[\w./@-]+\.woff2)', css)
    assert (
        font
        and "content-encoding" not in sent(client, "/assets/" + font[1].split("/assets/")[-1].lstrip("/"))[0]
    )


def test_what_was_packed_ahead_is_sent_as_it_is() -> None:
    """There is no server here in whose threads anything could be packed."""
    app = FastAPI()
    app.include_router(bundles.router)
    app.add_middleware(CompressionMiddleware)

    async def ask(address: str) -> tuple[httpx.Response, bytes]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://city", headers={"Accept-Encoding": "gzip"}
        ) as caller:
            async with caller.stream("GET", address) as answer:
                return answer, b"".join([part async for part in answer.aiter_raw()])

    bundles.read_ahead()
    for bundle in (bundles.scripts(), bundles.styles()):
        answer, body = asyncio.run(ask(bundle.address))
        assert answer.status_code == 200 and answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(body) == bundle.body and answer.headers["etag"] == f"W/{bundle.tag}"
    with pytest.raises(LookupError):
        asyncio.run(ask("/assets/scripts.js?m=another"))
