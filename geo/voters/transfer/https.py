"""A file to the receiver by HTTPS with a client certificate, in the words of the IETF's resumable uploads.

`HEAD ADDRESS/NAME` answers 404, or `Upload-Offset` (bytes that are there) and `Upload-Complete` (?0, ?1).
`PATCH ADDRESS/NAME` with `Content-Type: application/partial-upload`, `Upload-Offset`, `Upload-Length`,
`Upload-Complete` and `Content-Digest` (of these bytes, RFC 9530) appends, from the first byte on; 409 means
that the offset is another one. The last one is empty and says `Upload-Complete: ?1`.
`GET ADDRESS/NAME.receipt.json` answers 404 until the receiver has read the whole, then the receipt.
`DELETE ADDRESS/NAME` takes away what is not what was sent.
"""

from __future__ import annotations

import base64
import ssl
import time
from hashlib import sha256
from urllib.parse import quote

import httpx

from geo.errors import Forbidden, IkomekError, InvalidInput, Unavailable
from geo.ranges import whole
from geo.voters.transfer.archive import PackageArchive
from geo.voters.transfer.channel import Arrived
from geo.voters.transfer.destination import Destination
from geo.voters.transfer.receipts import LONGEST

RECEIPT = ".receipt.json"
YES, NO = "?1", "?0"
REFUSALS = ("CERTIFICATE", "ALERT")
"""Words in OpenSSL's names for a connection that one of the sides refuses: ours, or the other one by an
alert."""


class HttpsChannel:
    """Raises, from each of its methods, `Unavailable` ("voters.transfer.unreachable",
    "voters.transfer.status", "voters.transfer.answer"), `Forbidden` ("voters.transfer.certificate",
    "voters.transfer.forbidden"), `InvalidInput` ("voters.transfer.status")."""

    def __init__(self, destination: Destination, name: str, archive: PackageArchive) -> None:
        self._destination, self._archive = destination, archive
        self._address = f"{destination.shown}/{quote(name)}"
        # No proxy of the environment and no redirect: the list goes to who is named, or nowhere.
        self._client = httpx.Client(
            verify=_context(destination),
            timeout=destination.timeout_s,
            trust_env=False,
            follow_redirects=False,
        )

    def arrived(self) -> Arrived:
        answer = self._request("HEAD", allowed=(404,))
        if answer.status_code == 404:
            return Arrived(0, False)
        offset, complete = answer.headers.get("Upload-Offset", ""), answer.headers.get("Upload-Complete")
        if (at := whole(offset)) is None or complete not in (YES, NO):
            raise Unavailable("voters.transfer.answer", host=self._destination.host)
        return Arrived(at, complete == YES)

    def append(self, at: int, block: bytes) -> None:
        self._patch(at, block, NO)

    def finish(self) -> None:
        self._patch(self._archive.size, b"", YES)

    def receipt(self) -> bytes | None:
        answer = self._request("GET", suffix=RECEIPT, allowed=(404,))
        return None if answer.status_code == 404 else answer.content

    def discard(self) -> None:
        self._request("DELETE", allowed=(404,))

    def close(self) -> None:
        self._client.close()

    def _patch(self, at: int, block: bytes, complete: str) -> None:
        digest = base64.b64encode(sha256(block).digest()).decode()
        headers = {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(at),
            "Upload-Length": str(self._archive.size),
            "Upload-Complete": complete,
            "Content-Digest": f"sha-256=:{digest}:",
        }
        answer = self._request("PATCH", block, headers)
        if answer.headers.get("Upload-Offset") != str(at + len(block)):
            raise Unavailable("voters.transfer.answer", host=self._destination.host)

    def _request(
        self,
        method: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        suffix: str = "",
        allowed: tuple[int, ...] = (),
    ) -> httpx.Response:
        try:
            return self._exchange(method, self._address + suffix, body, headers, allowed)
        except httpx.HTTPError as error:
            raise self._failure(error) from None

    def _exchange(
        self,
        method: str,
        address: str,
        body: bytes | None,
        headers: dict[str, str] | None,
        allowed: tuple[int, ...],
    ) -> httpx.Response:
        until = time.monotonic() + self._destination.timeout_s
        with self._client.stream(method, address, content=body, headers=headers) as answer:
            content = bytearray()
            for piece in answer.iter_raw(LONGEST):
                content += piece
                # One who answers a byte at a time, or without end, would hold this for ever.
                if len(content) > LONGEST or time.monotonic() > until:
                    raise Unavailable("voters.transfer.answer", host=self._destination.host)
            if not (answer.is_success or answer.status_code in allowed):
                raise self._refusal(answer)
            return httpx.Response(answer.status_code, headers=answer.headers, content=bytes(content))

    def _refusal(self, answer: httpx.Response) -> IkomekError:
        host, status = self._destination.host, answer.status_code
        if status in (401, 403):
            return Forbidden("voters.transfer.forbidden", host=host)
        if status in (408, 409, 425, 429) or status >= 500:
            after = answer.headers.get("Retry-After", "")
            retry_s = whole(after[:6]) or 0
            return Unavailable("voters.transfer.status", host=host, status=status, retry_s=retry_s)
        return InvalidInput("voters.transfer.status", host=host, status=status)

    def _failure(self, error: httpx.HTTPError) -> IkomekError:
        host, cause = self._destination.host, _tls_error(error)
        if cause is not None and any(part in f"{cause.reason}" for part in REFUSALS):
            return Forbidden("voters.transfer.certificate", host=host)
        return Unavailable("voters.transfer.unreachable", host=host, reason=type(error).__name__)


def _context(destination: Destination) -> ssl.SSLContext:
    """Raises `InvalidInput` ("voters.transfer.settings")."""
    try:
        context = ssl.create_default_context(cafile=destination.authority)
        context.load_cert_chain(str(destination.certificate), str(destination.key))
    except (ssl.SSLError, OSError) as error:
        file = str(destination.certificate)
        raise InvalidInput("voters.transfer.settings", file=file, reason=str(error)) from None
    return context


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    """The TLS error below an error of the client's, if any."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None
