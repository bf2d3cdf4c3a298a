"""What the runner needs of the world. Adapters are composed in ``app.py``; none of these may block or
raise into the loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from callcenter.calls.callers import CallerFound
from callcenter.calls.ledger import LedgerEntry
from callcenter.telephony.commands import TelephonyCommand
from routing.ids import AgentId, CallbackId, CallId, ClientId


@dataclass(frozen=True, slots=True)
class LookUpClient:
    """Find the client behind a number and make the card; answered by ``ClientFound``. With ``client`` an
    operator has said who it is, and only that client's card is wanted. ``typed`` are digits by which the
    caller named himself: only a client found by them counts. A command of the core beside those for
    telephony."""

    call: CallId
    number: str
    client: ClientId | None = None
    typed: str = ""


@dataclass(frozen=True, slots=True)
class ClaimCallback:
    """Claim one attempt to dial a client, for this call and for good; answered by ``ClaimAnswered``. A
    command of the core beside those for telephony."""

    callback: CallbackId
    attempt: int
    call: CallId
    agent: AgentId
    at: float


class Claims(Protocol):
    async def claim(self, wanted: ClaimCallback, term: int) -> bool:
        """Compare and set: true for the first to claim this attempt, and for the same term asking again;
        false for anybody else. Raises when it can't be known."""


class Telephony(Protocol):
    def send(self, command: TelephonyCommand) -> None:
        """Queue a command for its server, in order. A failure comes back as ``CommandFailed``."""


class Directory(Protocol):
    async def look_up(self, number: str) -> CallerFound:
        """The card of whoever has this number; a card to fill in when nobody has. Never raises for an odd
        number."""

    async def card_of(self, client: ClientId, number: str) -> CallerFound:
        """The card of a client that an operator picked."""

    async def identify(self, typed: str, number: str) -> CallerFound:
        """The card of the client whom digits typed by the caller name: a phone number of his, else his id."""


class Ledger(Protocol):
    def append(self, entries: Sequence[LedgerEntry]) -> None:
        """Keep entries for good, in order, before returning control to the loop (journal on disk; the
        database follows)."""
