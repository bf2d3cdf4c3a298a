"""The bytes between nodes: entity updates, requests and replies, as JSON by way of ``calls.codec``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from callcenter.calls import codec
from callcenter.calls.requests import Reply, Request
from callcenter.calls.views import EntityUpdate
from callcenter.errors import PeerError


def encode_update(update: EntityUpdate) -> bytes:
    """One entity as a JSON object. Its document must be UTF-8, as JSON is."""
    return _dump(codec.encode(update))


def decode_update(data: bytes) -> EntityUpdate:
    """The inverse. Raises ``PeerError`` for anything else."""
    return _update(_object(data))


def decode_updates(data: bytes) -> tuple[EntityUpdate, ...]:
    """A JSON array of entities, in order. Raises ``PeerError`` for anything else."""
    parsed = _load(data)
    if not isinstance(parsed, list):
        raise PeerError("updates are not a JSON array")
    return tuple(_update(one) for one in parsed)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request under way. ``asker`` names where the reply is awaited, ``number`` which of its requests it
    is, ``timeout`` how many seconds it waits."""

    asker: str
    number: int
    timeout: float
    request: Request


@dataclass(frozen=True, slots=True)
class Answered:
    """The reply to request ``number``."""

    number: int
    reply: Reply


def encode_asked(asked: Asked) -> bytes:
    return _dump(
        {
            "asker": asked.asker,
            "number": asked.number,
            "timeout": asked.timeout,
            "request": codec.encode(asked.request),
        }
    )


def decode_asked(data: bytes) -> Asked:
    """Raises ``PeerError`` for anything that ``encode_asked`` did not write, and for requests of a newer
    version that this one does not know."""
    parsed = _object(data)
    asker, number, timeout, request = (parsed.get(name) for name in ("asker", "number", "timeout", "request"))
    if not (isinstance(asker, str) and isinstance(number, int) and isinstance(timeout, int | float)):
        raise PeerError("a request without asker, number and timeout")
    if not isinstance(request, dict):
        raise PeerError("a request without its message")
    return Asked(asker, number, float(timeout), codec.decode(Request, request))


def encode_answered(answered: Answered) -> bytes:
    return _dump({"number": answered.number, "reply": codec.encode(answered.reply)})


def decode_answered(data: bytes) -> Answered:
    """Raises ``PeerError`` for anything that ``encode_answered`` did not write."""
    parsed = _object(data)
    number, reply = parsed.get("number"), parsed.get("reply")
    if not isinstance(number, int) or not isinstance(reply, dict):
        raise PeerError("a reply without number and message")
    return Answered(number, codec.decode(Reply, reply))


def _update(parsed: object) -> EntityUpdate:
    if not isinstance(parsed, dict):
        raise PeerError("an entity is not a JSON object")
    # The codec reads the members off its first argument, and a union of one does not exist.
    update: EntityUpdate = codec.decode(tuple[EntityUpdate], parsed)
    return update


def _object(data: bytes) -> dict[str, Any]:
    parsed = _load(data)
    if not isinstance(parsed, dict):
        raise PeerError("not a JSON object")
    return parsed


def _load(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PeerError(f"not JSON: {error}") from error


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
