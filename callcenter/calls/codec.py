"""One JSON form for every message of the house: facts in the ledger, requests between nodes, inputs kept
for replay.

A message is ``{"type": "<class name>", ...fields}``. Decoding checks every type and names the field that
is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from callcenter.errors import PeerError

_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(cls: type[Any]) -> TypeAdapter[Any]:
    adapter = _adapters.get(cls)
    if adapter is None:
        adapter = _adapters[cls] = TypeAdapter(cls)
    return adapter


@cache
def _members(union: Any) -> Mapping[str, type[Any]]:
    return {cls.__name__: cls for cls in get_args(union)}


def encode(message: object) -> dict[str, Any]:
    """A message as JSON-able data, its class under ``type``."""
    fields: dict[str, Any] = _adapter(type(message)).dump_python(message, mode="json")
    return {"type": type(message).__name__, **fields}


def decode(union: Any, data: Mapping[str, Any]) -> Any:
    """The message of ``union`` (a union of message classes) that ``data`` describes.

    Raises ``PeerError`` when the type is unknown or a field does not fit; the text names the field.
    """
    name = data.get("type")
    cls = _members(union).get(name) if isinstance(name, str) else None
    if cls is None:
        raise PeerError(f"unknown message type {name!r}")
    fields = {key: value for key, value in data.items() if key != "type"}
    try:
        return _adapter(cls).validate_python(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise PeerError(f"{name}.{place}: {first['msg']}") from error
