"""The demo's clients and what is open with them, from ``config/demo/data.toml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.clock import Clock
from callcenter.crm.models import ClientRow, DealRow, TaskRow, TicketRow
from callcenter.crm.numbers import normalise
from callcenter.crm.service import ClientService
from callcenter.crm.views import ClientRank, NewClient
from callcenter.storage.database import Database
from routing.ids import ClientId

_DAY = 86_400.0


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DemoPhone(_Part):
    number: str
    label: str = ""


class DemoDeal(_Part):
    """``days`` since the last change; ``amount`` in the currency's unit."""

    title: str
    stage: str
    amount: float
    currency: str = "RUB"
    days: float
    owner: str = ""


class DemoTicket(_Part):
    title: str
    status: str
    priority: str
    days: float
    owner: str = ""


class DemoTask(_Part):
    title: str
    due_days: float
    assignee: str = ""


class DemoClient(_Part):
    """``owner`` is a user's login. ``calls`` is how many earlier calls the history should have of the
    client."""

    name: str
    phones: tuple[DemoPhone, ...]
    company: str = ""
    rank: ClientRank = ClientRank.REGULAR
    email: str = ""
    note: str = ""
    owner: str = ""
    since_days: float
    calls: int = 0
    deals: tuple[DemoDeal, ...] = ()
    tickets: tuple[DemoTicket, ...] = ()
    tasks: tuple[DemoTask, ...] = ()


class ClientsData(BaseModel):
    """The part of the demo's data that is about clients; other parts are left to others."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    clients: tuple[DemoClient, ...]


@dataclass(frozen=True, slots=True)
class SeededClient:
    """``number`` is the first of the client's, as a trunk would send it."""

    id: ClientId
    name: str
    number: str
    calls: int


async def seed_clients(
    database: Database, clock: Clock, data: Mapping[str, Any], region: str
) -> Sequence[SeededClient]:
    """Enter the clients that are not there yet (known by name and first number). Raises pydantic's
    ``ValidationError`` for data that makes no sense."""
    service, now = ClientService(database, clock, region), clock.now()
    seeded: list[SeededClient] = []
    for client in ClientsData.model_validate(data).clients:
        number = normalise(client.phones[0].number, region)
        there = await service.search(client.phones[0].number, 50)
        known = next((one.id for one in there if one.name == client.name), None)
        if known is None:
            made = await service.add(
                NewClient(
                    client.name, (), client.company, client.rank, client.email, client.note, client.owner
                )
            )
            known = made.id
            for phone in client.phones:
                await service.add_phone(known, phone.number, phone.label)
            async with database.write() as connection:
                await _add_open(connection, known, client, now)
        seeded.append(SeededClient(known, client.name, number.e164 or number.raw, client.calls))
    return seeded


async def _add_open(connection: AsyncConnection, client: ClientId, data: DemoClient, now: float) -> None:
    since = now - data.since_days * _DAY
    await connection.execute(update(ClientRow).where(ClientRow.id == client).values(created_at=since))
    deals = [
        {
            "client_id": client,
            "title": deal.title,
            "stage": deal.stage,
            "amount": round(deal.amount * 100),
            "currency": deal.currency,
            "owner": deal.owner,
            "updated_at": now - deal.days * _DAY,
        }
        for deal in data.deals
    ]
    tickets = [
        {
            "client_id": client,
            "title": ticket.title,
            "status": ticket.status,
            "priority": ticket.priority,
            "owner": ticket.owner,
            "updated_at": now - ticket.days * _DAY,
        }
        for ticket in data.tickets
    ]
    tasks = [
        {
            "client_id": client,
            "title": task.title,
            "due_at": now + task.due_days * _DAY,
            "assignee": task.assignee,
            "created_at": now + min(task.due_days, 0) * _DAY - _DAY,
        }
        for task in data.tasks
    ]
    if deals:
        await connection.execute(insert(DealRow), deals)
    if tickets:
        await connection.execute(insert(TicketRow), tickets)
    if tasks:
        await connection.execute(insert(TaskRow), tasks)
