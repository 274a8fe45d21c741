"""A provider of OpenID Connect in a process of its own, made of Authlib's server: it lets `PERSON` in without
asking. What it says is wrong on request: `POST /mischief` names what (`MISCHIEF`), for the next sign-ins.

    python -m tests.support.oidc_provider PORT
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import RSAKey

CLIENT, SECRET = "ikomek", "a secret between the two"
MISCHIEF = ("issuer", "audience", "nonce", "key", "old", "unsigned", "no_claim")


class Client(ClientMixin):
    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str:
        return ""

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.startswith("http://127.0.0.1:") and redirect_uri.endswith("/return")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):
    def __init__(self, authorization: Any) -> None:
        data = authorization.payload.data
        self.nonce, self.redirect, self.scope = data.get("nonce"), data["redirect_uri"], data["scope"]
        self.code_challenge = data.get("code_challenge")
        self.code_challenge_method = data.get("code_challenge_method")

    def get_redirect_uri(self) -> str:
        return self.redirect

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return "another" if "nonce" in state["mischief"] else self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


state: dict[str, Any] = {"codes": {}, "mischief": [], "person": {"sub": "1", "preferred_username": "aigerim"}}
keys = [RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("published", "private")]


class CodeGrant(grants.AuthorizationCodeGrant):
    def save_authorization_code(self, code: str, request: Any) -> None:
        state["codes"][code] = Code(request)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return state["codes"].get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        state["codes"] = {k: v for k, v in state["codes"].items() if v is not authorization_code}

    def authenticate_user(self, authorization_code: Code) -> dict[str, str]:
        return state["person"]


class IdToken(OpenIDCode):
    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False

    def get_client_algorithm(self, client: Client) -> str:
        return "none" if "unsigned" in state["mischief"] else "RS256"

    def get_encode_header(self, client: Client) -> dict[str, str]:
        return {"alg": self.get_client_algorithm(client), "kid": "published"}

    def resolve_client_private_key(self, client: Client) -> Any:
        return keys["key" in state["mischief"]]

    def get_compatible_claims(self, request: Any) -> dict[str, Any]:
        now = int(time.time()) - 7200 * ("old" in state["mischief"])
        return {
            "iss": "http://127.0.0.1:1" if "issuer" in state["mischief"] else state["issuer"],
            "aud": ["somebody else"] if "audience" in state["mischief"] else [CLIENT],
            "iat": now,
            "exp": now + 3600,
        }

    def generate_user_info(self, user: dict[str, str], scope: str) -> dict[str, str]:
        return {"sub": user["sub"]} if "no_claim" in state["mischief"] else user


def make_app(port: int) -> Flask:
    state["issuer"] = issuer = f"http://127.0.0.1:{port}"
    app = Flask("provider")
    server = AuthorizationServer(app, query_client=lambda name: Client() if name == CLIENT else None)
    server.save_token = lambda token, request: None
    server.register_grant(CodeGrant, [IdToken(require_nonce=True), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def metadata() -> Any:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        return jsonify({"issuer": issuer, **{name: f"{issuer}/{path}" for name, path in ends.items()}})

    @app.get("/jwks")
    def jwks() -> Any:
        return jsonify({"keys": [keys[0].as_dict(private=False)]})

    @app.get("/authorize")
    def authorize() -> Any:
        grant = server.get_consent_grant(end_user=state["person"])
        return server.create_authorization_response(request, grant_user=state["person"], grant=grant)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.post("/mischief")
    def mischief() -> Any:
        wish = json.loads(request.data)
        state["mischief"] = wish.get("mischief", [])
        state["person"] = wish.get("person", state["person"])
        return jsonify({})

    return app


class Provider:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def next(self, sub: str, login: str, *mischief: str, groups: object = None) -> None:
        """Whom it lets in from now on, and what is wrong with what it says of them."""
        person = {"sub": sub, "preferred_username": login} | ({"groups": groups} if groups else {})
        httpx.post(f"{self.url}/mischief", json={"mischief": mischief, "person": person}).raise_for_status()


@contextmanager
def providing(port: int) -> Iterator[Provider]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.oidc_provider", str(port)]
    process = subprocess.Popen(
        command, env=os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"}, stderr=subprocess.DEVNULL
    )
    provider, end = Provider(port), time.monotonic() + 60
    try:
        while time.monotonic() < end:
            with suppress(httpx.TransportError):
                httpx.get(f"{provider.url}/jwks").raise_for_status()
                break
            time.sleep(0.1)
        yield provider
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    make_app(int(sys.argv[1])).run("127.0.0.1", int(sys.argv[1]))
