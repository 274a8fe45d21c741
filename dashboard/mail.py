"""Mail, to the server of `IKOMEK_SMTP_URL` (`smtp://[user:password@]host[:port]`, encrypted where the server
offers it and always where a password is sent; `smtps://` from the first byte) as `IKOMEK_MAIL_FROM`."""

from __future__ import annotations

import os
import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from dashboard.words import word

TIMEOUT_S = 20
FAILURES = (OSError, smtplib.SMTPException, ValueError)
"""Errors of a server that cannot be reached or refuses, and of an address that is none."""


def begin(lang: str, to: str, subject: str, at: datetime, name: str) -> EmailMessage:
    """A message without its text. `name` is unique here and does not change: a second copy is known as
    one."""
    sender = os.environ.get("IKOMEK_MAIL_FROM") or "ikomek109@localhost"
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = Address(word("shell.product", lang), addr_spec=sender)
    message["To"] = to
    message["Date"] = at
    message["Message-ID"] = f"<{name}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def send(message: EmailMessage) -> None:
    """Raises what `smtplib` raises, and `ValueError` where no server is named."""
    server = urlsplit(os.environ.get("IKOMEK_SMTP_URL", ""))
    if server.scheme not in ("smtp", "smtps") or not server.hostname:
        raise ValueError("IKOMEK_SMTP_URL names no server")
    context = ssl.create_default_context()
    port = server.port or (465 if server.scheme == "smtps" else 25)
    with (
        smtplib.SMTP_SSL(server.hostname, port, timeout=TIMEOUT_S, context=context)
        if server.scheme == "smtps"
        else smtplib.SMTP(server.hostname, port, timeout=TIMEOUT_S)
    ) as connection:
        connection.ehlo_or_helo_if_needed()
        if server.scheme == "smtp" and (server.username or connection.has_extn("starttls")):
            connection.starttls(context=context)
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message)
