"""A promise to call somebody back, as his card shows it. ``callbacks`` keeps them, the card of ``crm`` reads
them."""

from __future__ import annotations

from dataclasses import dataclass

from routing.ids import CallbackId, QueueId


@dataclass(frozen=True, slots=True)
class OpenPromise:
    """``at`` is when he may be called, ``by`` who promised it: a login, empty when it was a flow."""

    callback: CallbackId
    number: str
    queue: QueueId
    at: float
    by: str
