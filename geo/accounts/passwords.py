"""Passwords: how long they are, which are too easy to guess, how they are kept (Argon2id) and verified.

Easy to guess is what zxcvbn finds with fewer than 10^8 guesses: common passwords and words, names, dates,
rows of keys, repeats, also with digits for letters or typed on Cyrillic keys; the user's own name and the
product's count as words.
"""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geo.errors import InvalidInput

SHORTEST = 10
LONGEST = 256
EASIEST = 3
"""The least score of zxcvbn, of 0 to 4, that a new password needs."""
JUDGED = 72
"""So much of a password is judged: longer ones take zxcvbn seconds, and are no easier for what follows."""
OURS = ("ikomek", "ikomek109", "пароль", "құпиясөз")
SAME_KEYS = str.maketrans("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.")
"""The keys of ЙЦУКЕН as QWERTY has them: a row of keys is one in either, and lists know "gfhjkm"."""

hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=2)
"""Argon2id at RFC 9106's second recommended setting: 64 MiB, 3 passes."""


def hash_password(password: str, name: str) -> str:
    """Argon2id of a new password of the user `name`. Raises `InvalidInput`: "user.password" if it is too
    short or too long, "user.password_common" if it is easy to guess."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput("user.password", shortest=SHORTEST, longest=LONGEST)
    if is_easy(password, name):
        raise InvalidInput("user.password_common")
    return hasher.hash(password)


def is_easy(password: str, name: str) -> bool:
    """Whether it is guessed with few tries by who knows the user's name."""
    from zxcvbn import zxcvbn  # its lists take 20 MB, and few processes ever judge a password

    typed = password[:JUDGED].casefold()
    same = {password[:JUDGED], typed.translate(SAME_KEYS)}
    return any(zxcvbn(one, user_inputs=[name, *OURS])["score"] < EASIEST for one in same)


def is_right(known_hash: str | None, password: str) -> bool:
    """Whether it is the password; takes as long where there is none to verify."""
    try:
        return hasher.verify(known_hash or _nobody_hash(), password[:LONGEST]) and known_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody_hash() -> str:
    """Verified for a name that does not exist."""
    return hasher.hash(secrets.token_hex(16))
