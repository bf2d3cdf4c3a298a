"""Messages become tasks of their queue, each once, on both databases."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from callcenter.calls.facts import MessageLeft
from callcenter.calls.ledger import LedgerEntry
from callcenter.clock import SystemClock
from callcenter.crm.messages import MessageProjection
from callcenter.crm.models import TaskRow
from callcenter.crm.service import ClientService
from callcenter.crm.store import dealings
from callcenter.crm.views import NewClient
from callcenter.history.documents import read_document, write_document
from callcenter.history.store import FactStore
from callcenter.storage import Database
from routing.ids import CallId, ClientId, QueueId

LEFT = MessageLeft(
    1_764_000_000.0, CallId("main:1.1"), QueueId("sales"), "main-1-1_3", 12, "+79161234567", None
)


async def write(database: Database, *facts: MessageLeft, start: int = 1) -> None:
    entries = [LedgerEntry(1, number, fact) for number, fact in enumerate(facts, start)]
    store = FactStore(database, also=(MessageProjection("en"),))
    await store.write([read_document(write_document(entry)) for entry in entries])


async def tasks(database: Database) -> list[TaskRow]:
    async with database.read() as connection:
        found = await connection.execute(select(TaskRow.__table__).order_by(TaskRow.id))
        return list(found)  # type: ignore[arg-type]


async def test_a_message_of_a_stranger_is_a_task_of_its_queue(database: Database) -> None:
    await write(database, LEFT)
    (task,) = await tasks(database)
    assert (task.queue, task.client_id, task.recording, task.seconds) == ("sales", None, "main-1-1_3", 12)
    assert task.title == "Voice message: +79161234567"


async def test_a_message_told_twice_is_one_task(database: Database) -> None:
    await write(database, LEFT)
    await write(database, LEFT)
    await write(database, replace(LEFT, seconds=0), start=2)
    assert len(await tasks(database)) == 1


async def test_a_clients_message_is_on_his_card(database: Database) -> None:
    client = await ClientService(database, SystemClock(), "RU").add(NewClient("Ivan", ("+79161234567",)))
    await write(database, replace(LEFT, client=client.id))
    async with database.read() as connection:
        found = await dealings(connection, [client.id], 0.0)
    assert [task.title for task in found[client.id].items.tasks] == ["Voice message: +79161234567"]


async def test_a_message_of_a_client_who_is_gone_is_kept(database: Database) -> None:
    await write(database, replace(LEFT, client=ClientId(4711)))
    (task,) = await tasks(database)
    assert task.client_id is None
