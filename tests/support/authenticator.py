"""A passkey in software, for answers that a browser would never give: signed for another site, for another
challenge, or twice."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


class Authenticator:
    """One key, made by `make`, which counts its signatures."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.count = 0

    def make(self, options: str, origin: str) -> str:
        """The answer to `navigator.credentials.create` with these options (JSON)."""
        request = json.loads(options)
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        held = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(public)
        data = self._data(request["rp"]["id"], PRESENT | VERIFIED | WITH_KEY) + held
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        signed_data = client_data("webauthn.create", request["challenge"], origin)
        return self._answer(clientDataJSON=signed_data, attestationObject=attested)

    def sign(self, options: str, origin: str, host: str | None = None, challenge: str | None = None) -> str:
        """The answer to `navigator.credentials.get`; `host` and `challenge` in place of those asked for."""
        request = json.loads(options)
        self.count += 1
        data = self._data(host or request["rpId"], PRESENT | VERIFIED)
        signed_data = client_data("webauthn.get", challenge or request["challenge"], origin)
        signed = self.key.sign(data + hashlib.sha256(signed_data).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=signed_data, authenticatorData=data, signature=signed)

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _answer(self, **response: bytes) -> str:
        parts = {name: in_base64(value) for name, value in response.items()}
        answer: dict[str, Any] = {"id": in_base64(self.id), "rawId": in_base64(self.id), "response": parts}
        return json.dumps(answer | {"type": "public-key", "clientExtensionResults": {}})


def client_data(act: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": act, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()


def in_base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
