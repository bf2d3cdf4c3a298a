"""Hashes of passwords that tests share: one takes 0.2 s of CPU."""

from __future__ import annotations

from callcenter.people.passwords import hash_password

_made: dict[str, str] = {}


async def hash_of(password: str) -> str:
    """A hash that ``password`` matches, made once in a process."""
    if password not in _made:
        _made[password] = await hash_password(password)
    return _made[password]
