"""The cryptography that each module of ours uses, read from its text: what it imports, and what it calls of
that. Told by the names of `dashboard/machine/cryptography.toml`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("dashboard", "layers", "etl", "geo")
OF = {
    "hashlib": "hash",
    "hmac": "HMAC-SHA-256",
    "secrets": "random",
    "ssl": "TLS",
    "random": "chance",
    "uuid": "random",
    "argon2": "Argon2id",
    "asyncssh": "SSH",
    "joserfc": "JOSE",
    "authlib": "OIDC",
    "webauthn": "WebAuthn",
}
"""What is imported by a module's name -> what that is; "hash": its attribute says which."""
NAMED = {
    "sha256": "SHA-256",
    "SHA256": "SHA-256",
    "sha1": "SHA-1",
    "SHA1": "SHA-1",
    "md5": "MD5",
    "blake2b": "BLAKE2b",
    "AESGCM": "AES-256-GCM",
    "Ed25519PublicKey": "Ed25519",
    "Ed25519PrivateKey": "Ed25519",
    "HKDF": "HKDF",
    "TOTP": "TOTP",
    "ec": "P-256",
    "x509": "X.509",
    "urandom": "random",
}
BESIDE = frozenset(
    {"InvalidTag", "InvalidSignature", "Encoding", "NoEncryption", "PrivateFormat", "PublicFormat"}
    | {"load_pem_private_key", "load_pem_public_key"}
)
"""What the library `cryptography` has beside algorithms."""
HELPERS = ("_Hash", "file_digest")
"""What `hashlib` has beside them: which hash a digest of a file is, another name says."""
IN_SQL = re.compile(r"\b(md5|sha256)\(")


def uses_of(text: str) -> frozenset[str]:
    """Raises `KeyError` for an algorithm of `hashlib` or `cryptography` that has no name here."""
    return frozenset(_found(ast.parse(text)))


def uses_by_module(root: Path) -> dict[str, frozenset[str]]:
    """Module -> what it uses; those that use nothing are left out, and migrations, which have run."""
    paths = (path for package in PACKAGES for path in sorted((root / package).rglob("*.py")))
    found = {
        ".".join(path.relative_to(root).with_suffix("").parts): uses_of(path.read_text(encoding="utf-8"))
        for path in paths
        if "versions" not in path.parts
    }
    return {module.removesuffix(".__init__"): uses for module, uses in found.items() if uses}


def _found(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield from _imported(name.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                yield from _imported(node.module, name.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id == "hashlib" and node.attr not in HELPERS) or node.attr == "urandom":
                yield NAMED[node.attr]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (NAMED[name] for name in IN_SQL.findall(node.value))


def _imported(module: str, name: str = "") -> Iterator[str]:
    package = module.partition(".")[0]
    if package == "cryptography" and name not in BESIDE:
        yield NAMED[name]
    elif package in OF and OF[package] != "hash":
        if package != "uuid" or name == "uuid4":
            yield OF[package]
    elif package == "hashlib" and name:
        yield NAMED[name]
