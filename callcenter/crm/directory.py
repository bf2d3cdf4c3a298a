"""The caller's card: found by number when a call arrives, or by client when an operator picked one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.callers import CallerFound, KnownAgent
from callcenter.calls.interactions import Interaction
from callcenter.calls.promises import OpenPromise
from callcenter.clock import Clock
from callcenter.crm import standing, store
from callcenter.crm.matching import Evidence, rank
from callcenter.crm.numbers import Number, normalise, readable
from callcenter.crm.standing import COMPLAINT_DAYS, DAY
from callcenter.crm.store import Dealings, Holder
from callcenter.crm.views import Card, CardNumber, Client, ClientCard, OpenItems, Standing
from callcenter.storage.database import Database
from callcenter.storage.errors import DatabaseUnavailableError
from routing.acd.queue import Tie
from routing.ids import AgentId, ClientId

log = structlog.get_logger(__name__)

INTERACTIONS = 5
_LONGEST_ID = 18  # digits that surely fit a row's id
_card_json = TypeAdapter(Card)


class Interactions(Protocol):
    """The clients' last finished calls, which ``history`` knows."""

    async def recent(
        self, connection: AsyncConnection, clients: Sequence[ClientId], limit: int
    ) -> Mapping[ClientId, Sequence[Interaction]]: ...


class Promises(Protocol):
    """The callbacks that are open, which ``callbacks`` keeps."""

    async def promised_to(self, connection: AsyncConnection, numbers: Sequence[str]) -> Sequence[OpenPromise]:
        """Those to these numbers (E.164), the soonest first."""


class NoPromises:
    """Where nobody is called back."""

    async def promised_to(self, connection: AsyncConnection, numbers: Sequence[str]) -> Sequence[OpenPromise]:
        return ()


class CallerDirectory:
    """``deadline`` is seconds after which a look-up is given up: a late card is worth less than a call that
    goes on. Four indexed queries a look-up, three for several candidates, one when nobody has the number; all
    on one connection, since taking and giving back another costs as much as a query."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        region: str,
        interactions: Interactions,
        promises: Promises | None = None,
        *,
        deadline: float = 2.0,
    ) -> None:
        self._database = database
        self._clock = clock
        self._region = region
        self._interactions = interactions
        self._promises = promises or NoPromises()
        self._deadline = deadline

    async def warm_up(self) -> None:
        """Make the statements of a look-up before the first call needs them: that takes many times as long
        as running them. Raises ``DatabaseUnavailableError``."""
        nobody = [ClientId(0)]
        async with self._database.read() as connection:
            await store.holders(connection, "")
            await store.dealings(connection, nobody, 0.0)
            await self._interactions.recent(connection, nobody, INTERACTIONS)
            await self._promises.promised_to(connection, [""])

    async def look_up(self, number: str) -> CallerFound:
        """The card of whoever has this number; a card to fill in when nobody has. Never raises for an odd
        number, nor when the database is away: the caller is then unknown to us."""
        read = normalise(readable(number), self._region)
        if read.key is None:
            return _caller(_unknown(read))
        try:
            async with asyncio.timeout(self._deadline):
                return _caller(await self._known(read, read.key))
        except (DatabaseUnavailableError, TimeoutError) as error:
            log.error("caller.not_looked_up", error=str(error) or "took too long")
            return _caller(_unknown(read))

    async def card_of(self, client: ClientId, number: str) -> CallerFound:
        """The card of a client that an operator picked; a card to fill in when there is no such client (any
        more). Never raises, as ``look_up``."""
        read = normalise(readable(number), self._region)
        try:
            async with asyncio.timeout(self._deadline):
                card = await self._chosen(client, read)
        except (DatabaseUnavailableError, TimeoutError) as error:
            log.error("caller.not_looked_up", error=str(error) or "took too long")
            card = None
        if card is None:
            card = _unknown(read)
        return _caller(card)

    async def identify(self, typed: str, number: str) -> CallerFound:
        """The card of the client whom digits typed by the caller name: a telephone number of his, else his
        id. Without one, a card to fill in. Never raises, as ``look_up``."""
        found = await self.look_up(typed)
        if found.client is not None:
            return await self.card_of(found.client, number)
        if typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST_ID:
            return await self.card_of(ClientId(int(typed)), number)
        return found

    async def client_card(self, client: ClientId, number: str | None) -> Card | None:
        """For the API: the card of a client, ``None`` for nobody. Without a number the client's first one is
        shown. Raises ``DatabaseUnavailableError``."""
        return await self._chosen(
            client, None if number is None else normalise(readable(number), self._region)
        )

    async def _known(self, number: Number, key: str) -> Card:
        since = self._complaints_since()
        async with self._database.read() as connection:
            found = await store.holders(connection, key)
            dealings = await store.dealings(connection, [holder.client.id for holder in found], since)
            return await self._card(connection, number, found, None, dealings)

    async def _chosen(self, client: ClientId, number: Number | None) -> Card | None:
        since = self._complaints_since()
        async with self._database.read() as connection:
            if number is not None and number.key is not None:
                # Whoever else has the number stays a candidate, so that the choice can be corrected.
                found = await store.holders(connection, number.key, client)
            else:
                known = await store.clients(connection, [client])
                found = [Holder(one, "", None) for one in known]
            dealings = await store.dealings(connection, [holder.client.id for holder in found], since)
            chosen = next((holder.client for holder in found if holder.client.id == client), None)
            if chosen is None:
                return None
            if number is None:
                number = normalise(chosen.phones[0].raw if chosen.phones else "", self._region)
                label = next((phone.label for phone in chosen.phones), "")
                found = [Holder(chosen, label, None)]
            return await self._card(connection, number, found, client, dealings)

    def _complaints_since(self) -> float:
        return max(0.0, self._clock.now() - COMPLAINT_DAYS * DAY)

    async def _card(
        self,
        connection: AsyncConnection,
        number: Number,
        holders: Sequence[Holder],
        chosen: ClientId | None,
        dealings: Mapping[ClientId, Dealings],
    ) -> Card:
        ids = [holder.client.id for holder in holders]
        interactions = await self._interactions.recent(connection, ids, INTERACTIONS) if ids else {}
        now = self._clock.now()
        match = rank([_evidence(holder, dealings, interactions) for holder in holders], now)
        client = chosen if chosen is not None else match.client
        known = next((holder.client for holder in holders if holder.client.id == client), None)
        card_number = CardNumber(number.raw, number.e164, number.display)
        if known is None:
            return Card(card_number, "several" if holders else "unknown", None, match.candidates)
        promises = await self._promises.promised_to(connection, _numbers(known, number))
        facts = _facts(known, dealings[known.id], interactions.get(known.id, ()), promises)
        shown = _client_card(
            known, facts.items, interactions.get(known.id, ()), standing.standing(facts, now)
        )
        return Card(card_number, "known", shown, match.candidates)


def _numbers(client: Client, number: Number) -> list[str]:
    """Under which he may have been promised a call: his own numbers, and the one he calls from."""
    found = {phone.e164 for phone in client.phones} | {number.e164}
    return sorted(one for one in found if one is not None)


def _facts(
    client: Client,
    dealings: Dealings,
    interactions: Sequence[Interaction],
    promises: Sequence[OpenPromise],
) -> standing.Facts:
    spoke = next((call.started_at for call in interactions if call.talked > 0), None)
    return standing.Facts(client.rank, client.since, spoke, dealings.items, dealings.totals, promises)


def _unknown(number: Number) -> Card:
    return Card(CardNumber(number.raw, number.e164, number.display), "unknown", None, ())


def _evidence(
    holder: Holder,
    dealings: Mapping[ClientId, Dealings],
    interactions: Mapping[ClientId, Sequence[Interaction]],
) -> Evidence:
    items = dealings[holder.client.id].items
    last = interactions.get(holder.client.id, ())
    return Evidence(
        client=holder.client.summary(),
        label=holder.label,
        picked_by=holder.picked_by,
        spoke_at=last[0].started_at if last else None,
        tickets=len(items.tickets),
        deals=len(items.deals),
        tasks=len(items.tasks),
    )


def _client_card(
    client: Client, items: OpenItems, interactions: Sequence[Interaction], stands: Standing
) -> ClientCard:
    return ClientCard(
        id=client.id,
        name=client.name,
        company=client.company,
        rank=client.rank,
        phones=client.phones,
        email=client.email,
        note=client.note,
        since=client.since,
        interactions=tuple(interactions),
        deals=items.deals,
        tickets=items.tickets,
        tasks=items.tasks,
        owner=client.owner,
        standing=stands,
    )


def _caller(card: Card) -> CallerFound:
    client = None if card.client is None else card.client.id
    value = "" if card.client is None else card.client.rank.value
    agents = () if card.client is None else _known_agents(card.client)
    return CallerFound(client, len(card.candidates), card_json(card), value, agents)


def _known_agents(client: ClientCard) -> tuple[KnownAgent, ...]:
    """Whose the client's open cases are (tickets, then deals, then tasks, the newest of each first), who owns
    the account, and who spoke with him last. One who is several of these is told by the first."""
    spoke = next((call.agent for call in client.interactions if call.agent is not None), None)
    known = (
        *((ticket.owner, Tie.CASE_OWNER) for ticket in client.tickets),
        *((deal.owner, Tie.CASE_OWNER) for deal in client.deals),
        *((task.assignee, Tie.CASE_OWNER) for task in client.tasks),
        (client.owner, Tie.ACCOUNT_OWNER),
        (spoke, Tie.LAST_SPOKEN),
    )
    ties: dict[AgentId, Tie] = {}
    for login, tie in known:
        if login is not None:
            ties.setdefault(AgentId(login), tie)
    return tuple(KnownAgent(agent, tie) for agent, tie in ties.items())


def card_json(card: Card) -> bytes:
    """The card as the browser is sent it."""
    return _card_json.dump_json(card)
