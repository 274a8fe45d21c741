"""What is said of a token that ends soon: whose it is, when it ends, the command that renews it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.formats import day
from dashboard.words import word
from geo.accounts.token_terms import Token


def holder(token: Token) -> str:
    """The screen with its scene, or the program by the name of its user and its feed."""
    if token.type == "device":
        return word("tokens.screen", scene=token.label or token.scene)
    return word("tokens.feed", name=token.name, feed=token.feed) if token.feed else token.name


def end(token: Token, zone: ZoneInfo, now: datetime) -> str:
    """When it ends or has ended; of one that was renewed, that the new one is not taken over yet."""
    at = day(token.expires_at.astimezone(zone).date())
    if token.renewed_at is not None:
        return word("tokens.not_taken_over", at=at)
    return word("tokens.ended" if token.expires_at <= now else "tokens.ends", at=at)


def remedy(token: Token) -> str:
    """The command that renews it."""
    if token.type == "device":
        return f"./ikomek wall renew {token.id}"
    return f"./ikomek user token {token.name} --renew {token.id}"
