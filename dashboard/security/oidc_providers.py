"""Providers of OpenID Connect, read from the file that `IKOMEK_OIDC` names; without it people sign in here
alone. The file holds a secret: only the web server's user may read it. In it

    [[provider]]
    key = "akimat"                                  # in the address /sign-in/with/KEY, for good
    name = "Astana ID"                              # on the button
    issuer = "https://id.example.kz/realms/city"
    client = "ikomek"                               # what we are called there
    secret = "..."                                  # without it we prove ourselves by PKCE alone
    login = "preferred_username"                    # the claim that is the name of a user here
    scope = "openid profile"
    groups = "groups"                               # the claim that lists the groups of a person there
    roles = { "ikomek-duty" = "duty" }              # group -> the role that its people may come in as

Allowed there as our address: https://HOST/sign-in/with/KEY/return. The claim must be one that only
administrators of the provider set: whoever first comes with a name is that user from then on
(`geo.accounts.linked_logins`). With `roles` a user comes in only while a group of theirs there gives the role
that they have here: who has left the group stays out. No role is ever given by it.

Authorization code with PKCE. An ID token counts when it is signed by a key that the issuer publishes, by an
asymmetric algorithm, for us, for this sign-in (nonce), and now.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from geo.errors import Unauthenticated, Unavailable
from geo.foreign_json import read_foreign_json
from geo.toml import Checks, TomlFile, keyed_tables

VARIABLE = "IKOMEK_OIDC"
KEY = re.compile(r"[a-z][a-z0-9]{0,39}")
ALGORITHMS = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
]
LEEWAY_S = 60
"""How far the clocks of provider and server may differ."""
TIMEOUT_S = 5
LARGEST = 1_000_000
"""Bytes of an answer of a provider."""
KNOWN_S = 600
"""How long its addresses and keys are kept; a token signed by a key that is not among them asks anew, but not
more often than every `ANEW_S`."""
ANEW_S = 30


@dataclass(frozen=True)
class ProviderSettings:
    key: str
    name: str
    issuer: str
    client: str
    secret: str | None = field(repr=False)
    login: str
    scope: str
    groups: str
    roles: dict[str, str]


@dataclass(frozen=True)
class Begun:
    """One sign-in under way, kept in the browser that began it (`provider`: the key; `next`: where to go
    afterwards)."""

    provider: str
    state: str
    nonce: str
    verifier: str
    next: str


@dataclass(frozen=True)
class Person:
    """Whom the provider names. `subject` is theirs for good, `login` the claim that the settings name,
    `roles` those that their groups give; none where the settings name no roles."""

    issuer: str
    subject: str
    login: str
    roles: frozenset[str] | None = None


class Provider:
    """Asks over the network: to be called in a thread."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.settings = settings
        self._metadata: tuple[float, OpenIDProviderMetadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def begin(self, redirect: str, next_path: str, again: bool = False) -> tuple[str, Begun]:
        """The address at the provider that the browser is sent to. `again`: who is signed in there is to
        prove it once more. Raises `Unavailable` ("oidc.away")."""
        begun = Begun(
            self.settings.key,
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(48),
            next_path,
        )
        address = prepare_grant_uri(
            self._known()["authorization_endpoint"],
            self.settings.client,
            "code",
            redirect_uri=redirect,
            scope=self.settings.scope,
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
            **({"prompt": "login"} if again else {}),
        )
        return address, begun

    def finish(self, begun: Begun, answer: Mapping[str, str], redirect: str) -> Person:
        """Whom the answer names that the provider sent back by the browser. Raises `Unauthenticated`
        ("oidc.state" for one that this browser has not begun, "oidc.refused" where the provider refused,
        "oidc.token" where what it says cannot be believed, "oidc.claim" without the claim), `Unavailable`
        ("oidc.away")."""
        if not secrets.compare_digest(begun.state.encode(), answer.get("state", "").encode()):
            raise Unauthenticated("oidc.state")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:  # RFC 9207
            raise Unauthenticated("oidc.token")
        if "error" in answer or not answer.get("code"):
            raise Unauthenticated("oidc.refused", name=self.settings.name)
        token = self._exchange(answer["code"], begun.verifier, redirect)
        claims = self._believed(token, begun.nonce)
        needed = {self.settings.login, *([self.settings.groups] if self.settings.roles else [])}
        if not needed <= claims.keys():
            claims = self._user_info(token, claims["sub"]) | claims
        login = claims.get(self.settings.login)
        if not isinstance(login, str) or not login:
            raise Unauthenticated("oidc.claim", claim=self.settings.login)
        return Person(self.settings.issuer, str(claims["sub"]), login, self._roles_of(claims))

    def _roles_of(self, claims: Mapping[str, Any]) -> frozenset[str] | None:
        """What is no list of texts is no group."""
        if not self.settings.roles:
            return None
        groups = claims.get(self.settings.groups)
        listed = [one for one in groups if isinstance(one, str)] if isinstance(groups, list) else []
        return frozenset(self.settings.roles[one] for one in listed if one in self.settings.roles)

    def _exchange(self, code: str, verifier: str, redirect: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
            "client_id": self.settings.client,
        }
        known = self._known()
        methods = known.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        login: tuple[str, str] | None = None
        if self.settings.secret and "client_secret_basic" in methods:
            login = (self.settings.client, self.settings.secret)
        elif self.settings.secret:
            form["client_secret"] = self.settings.secret
        status, token = self._ask("POST", known["token_endpoint"], data=form, auth=login)
        if status != 200 or not isinstance(token.get("id_token"), str):
            raise Unauthenticated("oidc.refused", name=self.settings.name)
        return token

    def _believed(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the ID token."""
        try:
            decoded = self._decoded(token["id_token"])
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client},
                    "sub": {"essential": True},
                },
                params={
                    "nonce": nonce,
                    "client_id": self.settings.client,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(time.time()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise Unauthenticated("oidc.token") from None
        return dict(claims)

    def _decoded(self, token: str) -> jwt.Token:
        """Raises `JoseError`, `ValueError` where no key of the issuer's has signed it."""
        try:
            return jwt.decode(token, self._published(), ALGORITHMS)
        except (JoseError, ValueError):
            if self._keys is not None and time.monotonic() < self._keys[0] + ANEW_S:
                raise
            self._keys = None
            return jwt.decode(token, self._published(), ALGORITHMS)

    def _user_info(self, token: dict[str, Any], subject: str) -> dict[str, Any]:
        """What the provider says about the person beside the ID token."""
        address = self._known().get("userinfo_endpoint")
        if not address or not token.get("access_token"):
            return {}
        status, claims = self._ask(
            "GET", address, headers={"Authorization": f"Bearer {token['access_token']}"}
        )
        if status != 200 or claims.get("sub") != subject:
            raise Unauthenticated("oidc.token")
        return claims

    def _known(self) -> OpenIDProviderMetadata:
        """The addresses that the issuer publishes."""
        if self._metadata is None or time.monotonic() > self._metadata[0] + KNOWN_S:
            status, content = self._ask("GET", get_well_known_url(self.settings.issuer, external=True))
            metadata = OpenIDProviderMetadata(content)
            ends = [metadata.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
            right = status == 200 and metadata.get("issuer") == self.settings.issuer
            if not right or not all(map(is_safe_address, ends)):
                raise Unavailable("oidc.away", name=self.settings.name)
            self._metadata = (time.monotonic(), metadata)
        return self._metadata[1]

    def _published(self) -> KeySet:
        if self._keys is None or time.monotonic() > self._keys[0] + KNOWN_S:
            status, content = self._ask("GET", self._known()["jwks_uri"])
            if status != 200:
                raise Unavailable("oidc.away", name=self.settings.name)
            self._keys = (time.monotonic(), KeySet.import_key_set(cast(Any, content)))
        return self._keys[1]

    def _ask(self, method: str, address: str, **more: Any) -> tuple[int, dict[str, Any]]:
        """The status and the object of JSON that is answered. Raises `Unavailable` ("oidc.away")."""
        try:
            with (
                httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
                client.stream(method, address, **more) as answer,
            ):
                body = b""
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > LARGEST:
                        raise ValueError("too large")
                content = read_foreign_json(body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Unavailable("oidc.away", name=self.settings.name) from error
        if not isinstance(content, dict):
            raise Unavailable("oidc.away", name=self.settings.name)
        return answer.status_code, content


def read_providers(path: Path | None = None) -> dict[str, Provider]:
    """By key. Raises `InvalidInput` ("oidc.file", or "oidc.settings" with the file, the line and the key that
    is wrong)."""
    named = os.environ.get(VARIABLE)
    if path is None and not named:
        return {}
    file = TomlFile.read(path or Path(str(named)), "oidc.file")
    tables = keyed_tables(file, "provider", CHECKS, DEFAULTS, "oidc.settings")
    return {table["key"]: Provider(ProviderSettings(**table)) for table in tables}


def is_safe_address(value: object) -> bool:
    """HTTPS, or a process of this machine."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or parts.scheme == "http" and _is_own(host))


def _is_own(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()


def _are_roles(value: object) -> bool:
    return isinstance(value, dict) and all(_is_text(key) and _is_text(one) for key, one in value.items())


DEFAULTS: dict[str, Any] = {
    "secret": None,
    "login": "preferred_username",
    "scope": "openid profile",
    "groups": "groups",
    "roles": {},
}
CHECKS: Checks = {
    "key": lambda value: isinstance(value, str) and KEY.fullmatch(value),
    "name": _is_text,
    "issuer": is_safe_address,
    "client": _is_text,
    "secret": lambda value: value is None or _is_text(value),
    "login": _is_text,
    "groups": _is_text,
    "roles": _are_roles,
    "scope": lambda value: _is_text(value) and "openid" in value.split(),
}
