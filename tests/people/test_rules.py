"""Names are refused at the store, whoever brings them, and by the same rules at the API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from callcenter.clock import SystemClock
from callcenter.people.plan import PlanStore
from callcenter.people.rules import CODE, DIALLED, LOGIN, STATION, Shape
from callcenter.people.users import UserStore
from callcenter.people.views import Language, PauseReason, Role, Skill, User, UserChanges
from callcenter.people.words import WordStore
from callcenter.settings import values
from callcenter.storage import Database, InvalidFieldError
from callcenter.web import fields
from routing.acd.model import Queue, SkillLevel
from routing.ids import QueueId, SkillId, StationId

SALES = Queue(QueueId("sales"), "Продажи", ("74951230001",))
ANNA = User("anna", "Анна", Role.OPERATOR, Language.RU, True, StationId("a1001"), (), ())

SHAPES: list[tuple[Shape, Any, list[str], list[str]]] = [
    (
        LOGIN,
        fields.Login,
        ["anna", "a.b@example.org", "7", "x" * 64],
        ["", "Carl", "B ob!", "анна", ".anna", "anna\n", "x" * 65, "a/b"],
    ),
    (CODE, fields.Code, ["sales", "VIP_2.a-b"], ["", "sa les", "продажи", "a/b", "sales\n", "x" * 65]),
    (
        STATION,
        fields.Station,
        ["a1001", "a1", "a" * 32],
        ["", "a", "1001", "b1001", "A1001", "a-1", "a1\n", "a" * 33],
    ),
    (
        DIALLED,
        fields.Dialled,
        ["74951230001", "+7495", "*100", "sales"],
        ["", "7 495", "8(495)1", "1-2", "1\n", "1" * 65],
    ),
]


@pytest.mark.parametrize(("shape", "field", "good", "bad"), SHAPES)
def test_store_and_api_agree(shape: Shape, field: Any, good: list[str], bad: list[str]) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(field)
    for text in good:
        shape.check("field", text)
        assert adapter.validate_python(text) == text
    for text in bad:
        with pytest.raises(InvalidFieldError, match="can't be used"):
            shape.check("field", text)
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


def test_the_settings_stations_are_the_peoples() -> None:
    adapter: TypeAdapter[str] = TypeAdapter(values.StationName)
    for text in (*SHAPES[2][2], *SHAPES[2][3]):
        try:
            adapter.validate_python(text)
        except ValidationError:
            assert not STATION.fits(text), text
        else:
            assert STATION.fits(text), text
    assert get_args(values.StationName)


@pytest.mark.parametrize(
    ("user", "field"),
    [
        (replace(ANNA, login="Carl"), "login"),
        (replace(ANNA, login="B ob!"), "login"),
        (replace(ANNA, name="  "), "name"),
        (replace(ANNA, name="a\nb"), "name"),
        (replace(ANNA, name="\udcff"), "name"),
        (replace(ANNA, name="x" * 201), "name"),
        (replace(ANNA, station=StationId("1001")), "station"),
        (replace(ANNA, queues=(QueueId("sa les"),)), "queues"),
        (replace(ANNA, skills=(SkillLevel(SkillId("\udcff"), 1),)), "skills"),
    ],
)
async def test_users(database: Database, user: User, field: str) -> None:
    users = UserStore(database, SystemClock())
    with pytest.raises(InvalidFieldError) as refusal:
        await users.add(user, "hash")
    assert refusal.value.field == field
    assert await users.all() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (UserChanges(name="\x00"), "name"),
        (UserChanges(station="SIP/1001"), "station"),
        (UserChanges(queues=(QueueId("sa les"),)), "queues"),
    ],
)
async def test_changes_of_users(database: Database, changes: UserChanges, field: str) -> None:
    users = UserStore(database, SystemClock())
    await users.add(ANNA, "hash")
    with pytest.raises(InvalidFieldError) as refusal:
        await users.change("anna", changes)
    assert refusal.value.field == field
    assert await users.all() == [ANNA]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda queue: replace(queue, id=QueueId("sa les")), "id"),
        (lambda queue: replace(queue, name=""), "name"),
        (lambda queue: replace(queue, numbers=("8 (495) 1",)), "numbers"),
        (lambda queue: replace(queue, priority=2**40), "priority"),
        (lambda queue: replace(queue, wrap_up_seconds=-1), "wrap_up_seconds"),
    ],
)
async def test_queues(database: Database, change: Callable[[Queue], Queue], field: str) -> None:
    plans = PlanStore(database)
    with pytest.raises(InvalidFieldError) as refusal:
        await plans.add_queue(change(SALES))
    assert refusal.value.field == field
    assert await plans.queues() == []


async def test_skills_and_words(database: Database) -> None:
    plans, words = PlanStore(database), WordStore(database)
    with pytest.raises(InvalidFieldError, match="id"):
        await plans.put_skill(Skill(SkillId("a b"), "x", "x"))
    with pytest.raises(InvalidFieldError, match="ru"):
        await plans.put_skill(Skill(SkillId("ab"), "", "x"))
    with pytest.raises(InvalidFieldError, match="code"):
        await words.set_pause_reasons([PauseReason("обед", "Обед", "Lunch")])
    assert await words.pause_reasons() == []
