"""Entering, finding and correcting clients, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from callcenter.clock import SystemClock
from callcenter.crm.service import ClientService
from callcenter.crm.views import ClientChanges, ClientRank, NewClient, Phone
from callcenter.storage import Database, InvalidFieldError, NotFoundError
from routing.ids import AgentId, ClientId


@pytest.fixture
def service(database: Database) -> ClientService:
    return ClientService(database, SystemClock(), "RU")


async def test_a_client_is_kept_as_given(service: ClientService) -> None:
    made = await service.add(
        NewClient(
            "Пётр Ёлкин",
            ("8 999 000-10-01", "1005"),
            "ООО «Ромашка»",
            ClientRank.VIP,
            "p@example.com",
            "звонить утром",
        )
    )
    assert made.phones == (Phone("8 999 000-10-01", "+79990001001", ""), Phone("1005", None, ""))
    assert (made.name, made.company, made.rank) == ("Пётр Ёлкин", "ООО «Ромашка»", ClientRank.VIP)
    assert (made.email, made.note) == ("p@example.com", "звонить утром")
    assert await service.find(made.id) == made
    assert await service.find(ClientId(made.id + 1)) is None


async def test_one_number_written_twice_is_one(service: ClientService) -> None:
    made = await service.add(NewClient("Анна", ("+7 999 000 10 01", "89990001001")))
    assert len(made.phones) == 1
    again = await service.add_phone(made.id, "79990001001", "мобильный")
    assert again == made
    more = await service.add_phone(made.id, "84951230099", "рабочий")
    assert more is not None
    assert more.phones[1] == Phone("84951230099", "+74951230099", "рабочий")


async def test_one_number_may_belong_to_several(service: ClientService) -> None:
    first = await service.add(NewClient("Анна", ("84951230099",)))
    second = await service.add(NewClient("Борис", ("+74951230099",)))
    assert await service.search("495 123-00-99", 10) == [first, second]


async def test_no_number_at_all_is_refused_by_its_place(service: ClientService) -> None:
    with pytest.raises(InvalidFieldError) as refusal:
        await service.add(NewClient("Анна", ("84951230099", "anonymous")))
    assert refusal.value.field == "phones.1"
    assert await service.search("", 10) == []
    made = await service.add(NewClient("Анна"))
    with pytest.raises(InvalidFieldError) as refusal:
        await service.add_phone(made.id, "нет", "")
    assert refusal.value.field == "number"
    assert await service.add_phone(ClientId(999), "84951230099", "") is None


async def test_an_owner_is_kept_changed_and_taken_away(service: ClientService) -> None:
    made = await service.add(NewClient("Анна", owner="olga"))
    assert made.owner == "olga"
    for changes, owner in (
        (ClientChanges(note="x"), "olga"),
        (ClientChanges(owner="boris"), "boris"),
        (ClientChanges(owner=""), None),
    ):
        after = await service.change(made.id, changes)
        assert after is not None
        assert after.owner == owner


async def test_changes_leave_the_rest_and_are_found(service: ClientService) -> None:
    made = await service.add(NewClient("Анна Белова", ("84951230099",), company="Ромашка"))
    changed = await service.change(made.id, ClientChanges(name="Анна Чёрная", rank=ClientRank.RISK, note=""))
    assert changed == replace(made, name="Анна Чёрная", rank=ClientRank.RISK)
    assert await service.search("черная ромашка", 10) == [changed]
    assert await service.search("белова", 10) == []
    assert await service.change(ClientId(999), ClientChanges(name="x")) is None


async def test_search(service: ClientService) -> None:
    pyotr = await service.add(NewClient("Пётр Ёлкин", ("8 999 000-10-01",), company="ООО «Ромашка»"))
    olga = await service.add(NewClient("Ольга Петрова", ("+49 30 23125 123",), email="olga@example.com"))
    percent = await service.add(NewClient("100% скидок", ("1005",)))
    assert await service.search("пЁТР ЁЛК", 10) == [pyotr]
    assert await service.search("петр", 10) == [pyotr, olga]  # who begins with it comes first
    assert await service.search("ольга петрова", 10) == [olga]
    assert await service.search("OLGA@", 10) == [olga]
    assert await service.search("ромашк", 10) == [pyotr]
    assert await service.search("100%", 10) == [pyotr, percent]  # digits without letters are a number
    assert await service.search("0% ск", 10) == [percent]
    assert await service.search("%", 10) == [percent]
    assert await service.search("_", 10) == []
    for number in ("+79990001001", "89990001001", "8 (999) 000", "0001001", "999-000-10-01"):
        assert await service.search(number, 10) == [pyotr], number
    assert await service.search("1005", 10) == [percent]
    assert await service.search("23125", 10) == [olga]
    assert await service.search("", 2) == [percent, olga]
    assert await service.search("никто", 10) == []


async def test_clients_entered_at_once_are_all_there(service: ClientService) -> None:
    made = await asyncio.gather(*(service.add(NewClient(f"клиент {n}", ("84951230099",))) for n in range(20)))
    assert len({client.id for client in made}) == 20
    assert len(await service.search("клиент", 50)) == 20


async def test_a_pick_for_nobody_is_refused_and_undo_needs_one(service: ClientService) -> None:
    with pytest.raises(NotFoundError):
        await service.record_pick("84951230099", ClientId(5), AgentId("anna"), 1.0)
    assert await service.undo_pick("84951230099", ClientId(5), AgentId("anna"), 1.0) is False
    made = await service.add(NewClient("Анна"))
    await service.record_pick("anonymous", made.id, AgentId("anna"), 1.0)
    assert await service.undo_pick("anonymous", made.id, AgentId("anna"), 1.0) is False
