"""Facts as they stand in the journal and in the ledger's rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from callcenter.calls import codec
from callcenter.calls.facts import Fact
from callcenter.calls.ledger import LedgerEntry
from callcenter.errors import PeerError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Document:
    """A journal record, read. ``payload`` is the fact as ``codec.encode`` wrote it; ``entry`` is ``None``
    when this version can't make a fact of it, in which case it is kept in the ledger as it is."""

    term: int
    number: int
    payload: Mapping[str, Any]
    entry: LedgerEntry | None


def write_document(entry: LedgerEntry) -> bytes:
    """An entry as one line of JSON (ASCII, so that no letter is split or lost)."""
    document = {"term": entry.term, "number": entry.number, "fact": codec.encode(entry.fact)}
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def read_document(data: bytes) -> Document:
    """Raises ``PeerError`` for something that is no journal record at all."""
    try:
        document = json.loads(data)
        term, number, payload = document["term"], document["number"], document["fact"]
        if not (isinstance(term, int) and isinstance(number, int) and isinstance(payload, dict)):
            raise TypeError("a field has the wrong type")
    except (ValueError, KeyError, TypeError) as error:
        raise PeerError(f"no journal record: {error}") from error
    if b"\\u0000" in data or b"\\ud" in data:
        payload = {key: _storable(value) for key, value in payload.items()}
    return Document(term, number, payload, read_entry(term, number, payload))


def read_entry(term: int, number: int, payload: Mapping[str, Any]) -> LedgerEntry | None:
    """The entry, or ``None`` (logged) when this version does not know such a fact."""
    try:
        return LedgerEntry(term, number, codec.decode(Fact, payload))
    except PeerError as error:
        log.error("ledger.fact_not_understood", term=term, number=number, error=str(error))
        return None


def _storable(value: Any) -> Any:
    """PostgreSQL takes neither NUL nor half a surrogate pair, which a browser's JSON may well hold."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
