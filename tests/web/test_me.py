"""One's own day and figures through the API."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from callcenter.crm.day import DayStore
from callcenter.crm.models import TaskRow
from callcenter.crm.service import ClientService
from callcenter.crm.views import DueTask, NewClient
from callcenter.history.figures import AgentFigures, Chosen
from callcenter.storage import Database
from callcenter.web.api.me import day_of
from routing.ids import AgentId, ClientId, QueueId

from .conftest import Browser, Open, World

ANNA, BORIS, VERA = AgentId("anna"), AgentId("boris"), AgentId("vera")
SALES, HELP = QueueId("sales"), QueueId("help")


def task(number: int, assignee: str = "", queue: str | None = "sales", by: str = "") -> DueTask:
    return DueTask(
        number,
        "Позвонить",
        1.0,
        assignee,
        None,
        None if queue is None else QueueId(queue),
        "",
        False,
        ClientId(1),
        "",
        by,
    )


async def test_a_day_is_the_sites(anna: Browser, world: World) -> None:
    world.day.tasks[1] = task(1)
    day = (await anna.api("GET", "/me/day")).json
    zone = ZoneInfo("Europe/Moscow")
    start, end = datetime.fromtimestamp(day["since"], zone), datetime.fromtimestamp(day["until"], zone)
    assert (start.hour, end.hour, (end.date() - start.date()).days) == (0, 0, 1)
    assert day["since"] <= world.clock.now() < day["until"]
    assert [one["id"] for one in day["tasks"]] == [1]
    assert day["callbacks"] == []


@pytest.mark.parametrize(("month", "hours"), [(3, 23), (6, 24), (10, 25)])
def test_a_day_ends_at_midnight_whatever_the_clocks_do(month: int, hours: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = {3: 29, 6: 1, 10: 25}[month]
    since, until = day_of(datetime(2026, month, day, 12, tzinfo=berlin).timestamp(), berlin)
    assert (until - since) / 3600 == hours
    assert datetime.fromtimestamp(until, berlin).hour == 0


@pytest.mark.parametrize(
    ("login", "assignee", "queue", "by", "status"),
    [
        ("anna", "anna", None, "", 200),
        ("anna", "", "sales", "", 200),
        ("anna", "", "help", "", 403),  # not a queue of hers
        ("anna", "boris", "sales", "", 403),  # taken by another
        ("anna", "boris", None, "anna", 200),  # given to him by her
        ("sveta", "boris", "sales", "", 200),
        ("desk", "", None, "", 200),  # for anyone
        ("desk", "", "sales", "", 403),
    ],
)
async def test_whose_task_one_may_tick(
    browsers: Open, world: World, login: str, assignee: str, queue: str | None, by: str, status: int
) -> None:
    world.day.tasks[5] = task(5, assignee, queue, by)
    browser = browsers()
    await browser.sign_in_as(login)
    in_card = await browser.api("PATCH", "/clients/1/tasks/5", {"done": True})
    assert (in_card.status == 403) is (status == 403)  # one rule, wherever the task is shown
    answer = await browser.api("PATCH", "/me/tasks/5", {"done": True})
    assert answer.status == status
    assert (world.day.tasks[5].done_at is not None) is (status == 200)
    assert (await browser.api("PATCH", "/me/tasks/6", {"done": True})).status == 404


async def test_figures_of_mine_beside_the_teams(anna: Browser, world: World) -> None:
    agents = world.plans.site.agents
    boris = dataclasses.replace(agents[0], id=BORIS, station="a1002")
    vera = dataclasses.replace(agents[0], id=VERA, station="a1003")
    world.plans.site = dataclasses.replace(world.plans.site, agents=(*agents, boris, vera))
    world.figures.found = [
        AgentFigures(ANNA, ready=100, talked=240, wrap_up=60, offers=5, answered=4, missed=1),
        AgentFigures(BORIS, ready=300, talked=80, wrap_up=20, offers=2, answered=1, declined=1),
    ]
    world.figures.chosen = [Chosen(ANNA, "sold", 3), Chosen(BORIS, "sold", 1), Chosen(BORIS, "spam", 2)]
    shown = (await anna.api("GET", "/me/figures")).json
    assert shown["agents"] == 2  # vera did not work
    assert (shown["mine"]["answered"], shown["mine"]["aht"], shown["mine"]["occupancy"]) == (4, 75, 0.75)
    assert (shown["team"]["answered"], shown["team"]["aht"], shown["team"]["occupancy"]) == (2.5, 80, 0.5)
    assert (shown["mine"]["missed"], shown["team"]["missed"], shown["team"]["declined"]) == (1, 0.5, 0.5)
    assert shown["dispositions"] == [
        {"disposition": "sold", "mine": 3, "team": 2.0},
        {"disposition": "spam", "mine": 0, "team": 1.0},
    ]
    ((mates, since, until),) = world.figures.asked
    assert mates == (ANNA, BORIS, VERA)
    assert until == world.clock.now()
    assert since <= until


async def test_nothing_to_divide_by_is_none(anna: Browser) -> None:
    shown = (await anna.api("GET", "/me/figures")).json
    assert (shown["mine"]["aht"], shown["mine"]["occupancy"], shown["agents"]) == (None, None, 0)


@pytest.mark.parametrize("query", ["since=9", "since=1764000000&until=1763999999", "since=-1", "since=x"])
async def test_a_time_that_is_none_is_refused(anna: Browser, query: str) -> None:
    answer = await anna.api("GET", f"/me/figures?{query}")
    assert answer.status == 422
    assert answer.json["errors"][0]["field"] == "since"


# Tasks as they are kept


class Clock:
    def now(self) -> float:
        return 500.0


async def test_what_is_due_to_whom(database: Database) -> None:
    client = await ClientService(database, Clock(), "RU").add(NewClient("Иван"))
    async with database.write() as connection:
        for number, (assignee, queue, due) in enumerate(
            (("anna", None, 90.0), ("", "sales", 50.0), ("", "help", 50.0), ("boris", "sales", 50.0))
        ):
            await connection.execute(
                insert(TaskRow).values(**_task(client.id, number + 1, assignee, queue, due))
            )
        await connection.execute(insert(TaskRow).values(**_task(client.id, 9, "anna", None, 101.0)))
    store = DayStore(database, Clock())
    due = await store.due_for("anna", [SALES], 100.0, limit=9)
    assert [(one.id, one.client_name) for one in due] == [(2, "Иван"), (1, "Иван")]
    ticked = await store.set_done(1, True)
    assert ticked is not None
    assert ticked.done_at == 500.0
    assert [one.id for one in await store.due_for("anna", [SALES], 100.0, limit=9)] == [2]
    assert (await store.set_done(1, False)) is not None
    assert len(await store.due_for("anna", [SALES], 100.0, limit=1)) == 1
    assert await store.set_done(77, True) is None
    assert await store.find(77) is None


def _task(client: int, number: int, assignee: str, queue: str | None, due: float) -> dict[str, object]:
    return {
        "id": number,
        "client_id": client,
        "title": "Позвонить",
        "due_at": due,
        "assignee": assignee,
        "done_at": None,
        "queue": queue,
        "created_at": 50.0,
    }
