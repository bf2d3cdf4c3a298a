"""Passwords: argon2, off the event loop, since one hash takes about 0.2 s of CPU."""

from __future__ import annotations

import asyncio
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

_hasher = PasswordHash.recommended()


async def hash_password(password: str) -> str:
    """The argon2 hash to keep."""
    return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, hashed: str | None) -> bool:
    """Whether ``password`` made ``hashed``. For nobody (``None``) or a hash of no kind we know it is false,
    and takes as long, so that the time tells nobody which logins exist."""
    return await asyncio.to_thread(_matches, password, hashed)


def _matches(password: str, hashed: str | None) -> bool:
    try:
        return _hasher.verify(password, hashed or _nobody()) and hashed is not None
    except UnknownHashError:
        _hasher.verify(password, _nobody())
        return False


@cache
def _nobody() -> str:
    return _hasher.hash("nobody's password")
