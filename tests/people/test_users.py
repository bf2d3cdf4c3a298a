"""Users, agents and sessions, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from callcenter.clock import SystemClock
from callcenter.people.passwords import hash_password, matches
from callcenter.people.plan import PlanStore
from callcenter.people.sessions import SessionStore
from callcenter.people.users import UserStore
from callcenter.people.views import Language, Role, SessionRecord, Skill, User, UserChanges
from callcenter.storage import (
    Database,
    DuplicateError,
    InvalidFieldError,
    StoreError,
    UnknownReferenceError,
)
from routing.acd.model import Queue, SkillLevel
from routing.ids import AgentId, QueueId, SkillId, StationId

SALES, SUPPORT, ENGLISH = QueueId("sales"), QueueId("support"), SkillId("english")
ANNA = User(
    "anna",
    "Анна Кузнецова",
    Role.OPERATOR,
    Language.RU,
    True,
    StationId("a1001"),
    (SUPPORT, SALES),
    (SkillLevel(ENGLISH, 7),),
)


@pytest.fixture
async def users(database: Database) -> UserStore:
    plan = PlanStore(database)
    await plan.put_skill(Skill(ENGLISH, "английский", "English"))
    await plan.add_queue(Queue(SALES, "Продажи", ("74951230001",)))
    await plan.add_queue(Queue(SUPPORT, "Поддержка", ("74951230002",)))
    return UserStore(database, SystemClock())


async def test_a_user_is_kept_as_given(users: UserStore) -> None:
    await users.add(ANNA, "hash")
    assert await users.find("anna") == ANNA
    assert ANNA.agent == AgentId("anna")
    assert await users.password_hash("anna") == "hash"
    assert await users.find("boris") is None
    assert await users.password_hash("boris") is None
    assert await users.all() == [ANNA]


async def test_changes_leave_the_rest_as_it_was(users: UserStore) -> None:
    await users.add(ANNA, "hash")
    changed = await users.change(
        "anna", UserChanges(name="Анна Белова", queues=(SALES,), language=Language.EN)
    )
    assert changed == replace(ANNA, name="Анна Белова", queues=(SALES,), language=Language.EN)
    assert await users.find("anna") == changed
    assert await users.password_hash("anna") == "hash"
    assert await users.change("boris", UserChanges(name="x")) is None


async def test_taking_the_station_away_ends_the_agent(users: UserStore, database: Database) -> None:
    await users.add(ANNA, "hash")
    assert [agent.id for agent in (await PlanStore(database).load()).agents] == ["anna"]
    changed = await users.change("anna", UserChanges(station=""))
    assert changed == replace(ANNA, station=None, queues=(), skills=())
    assert (await PlanStore(database).load()).agents == ()


async def test_an_inactive_user_is_no_agent(users: UserStore, database: Database) -> None:
    await users.add(ANNA, "hash")
    version = await PlanStore(database).version()
    await users.change("anna", UserChanges(active=False))
    assert (await PlanStore(database).load()).agents == ()
    assert await PlanStore(database).version() > version


@pytest.mark.parametrize(
    ("user", "error", "field"),
    [
        (replace(ANNA, station=StationId("a1002")), DuplicateError, "login"),
        (replace(ANNA, login="boris"), DuplicateError, "station"),
        (
            replace(ANNA, login="boris", station=StationId("a2"), queues=(QueueId("moon"),)),
            UnknownReferenceError,
            "queues",
        ),
        (
            replace(ANNA, login="boris", station=StationId("a2"), skills=(SkillLevel(SkillId("elvish"), 1),)),
            UnknownReferenceError,
            "skills",
        ),
        (
            replace(ANNA, login="boris", station=StationId("a2"), skills=(SkillLevel(ENGLISH, 11),)),
            InvalidFieldError,
            "skills",
        ),
        (replace(ANNA, login="boris", station=None), InvalidFieldError, "station"),
    ],
)
async def test_a_refusal_names_the_field_and_changes_nothing(
    users: UserStore, user: User, error: type[StoreError], field: str
) -> None:
    await users.add(ANNA, "hash")
    with pytest.raises(error) as refusal:
        await users.add(user, "other")
    assert refusal.value.field == field
    assert await users.all() == [ANNA]


async def test_a_station_in_use_is_refused_in_a_change_too(users: UserStore) -> None:
    await users.add(ANNA, "hash")
    await users.add(replace(ANNA, login="boris", station=StationId("a1002")), "hash")
    with pytest.raises(DuplicateError) as refusal:
        await users.change("boris", UserChanges(station="a1001"))
    assert refusal.value.field == "station"


async def test_two_at_once_never_get_one_station(users: UserStore) -> None:
    results = await asyncio.gather(
        *(users.add(replace(ANNA, login=f"user{n}"), "hash") for n in range(8)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["DuplicateError"] * 7 + ["NoneType"]


async def test_passwords() -> None:
    hashed = await hash_password("correct horse")
    assert await matches("correct horse", hashed)
    assert not await matches("wrong horse", hashed)
    assert not await matches("nobody's password", None)
    assert not await matches("anything", "not a hash")


@pytest.fixture
async def sessions(users: UserStore, database: Database) -> SessionStore:
    await users.add(ANNA, "hash")
    return SessionStore(database)


async def test_sessions_come_and_go(sessions: SessionStore) -> None:
    record = SessionRecord("abc", "anna", 1764000000.25, 1764000000.25)
    assert await sessions.load("abc") is None
    await sessions.save(record)
    await sessions.save(record)
    assert await sessions.load("abc") == record
    await sessions.touch("abc", 1764000100.5)
    await sessions.touch("abc", 1764000050.0)
    assert await sessions.load("abc") == replace(record, seen_at=1764000100.5)
    await sessions.delete("abc")
    await sessions.touch("abc", 1764000200.0)
    assert await sessions.load("abc") is None


async def test_all_sessions_of_a_user_end_and_old_ones_are_purged(sessions: SessionStore) -> None:
    for number in range(3):
        await sessions.save(SessionRecord(f"s{number}", "anna", 100.0, 100.0 + number))
    assert await sessions.purge(101.0) == 1
    assert sorted(await sessions.delete_of("anna")) == ["s1", "s2"]
    assert await sessions.delete_of("anna") == []


async def test_a_session_of_nobody_is_refused(sessions: SessionStore) -> None:
    with pytest.raises(UnknownReferenceError):
        await sessions.save(SessionRecord("x", "nobody", 1.0, 1.0))
