"""Certificates for servers of the tests."""

from __future__ import annotations

import subprocess
from pathlib import Path


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A PEM certificate for 127.0.0.1 and its key, which its owner alone may read."""
    certificate, key = folder / "certificate.pem", folder / "certificate.key"
    request = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    subprocess.run(
        [*request.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key],
        check=True,
        capture_output=True,
    )
    key.chmod(0o600)
    return certificate, key
