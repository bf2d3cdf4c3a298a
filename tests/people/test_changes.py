"""Changes of the plan in the database: all or nothing, checked against each other, and in the audit trail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from callcenter.flows.store import FlowStore
from callcenter.people import edits
from callcenter.people.audit import AuditEntry, AuditFilter, AuditTrail
from callcenter.people.mistakes import PlanRefusedError
from callcenter.people.plan import PlanStore
from callcenter.people.plan_file import apply_file, read_toml, write_toml
from callcenter.people.site_plan import SYSTEM, Author, SitePlan, Source
from callcenter.people.users import UserStore
from callcenter.people.views import Disposition, Language, PauseReason, Role, Skill, User, UserChanges
from callcenter.people.words import WordStore
from callcenter.storage import Database, DuplicateError, InvalidFieldError, NotFoundError
from routing.acd.model import Queue, SkillLevel
from routing.flows.model import Emergency
from routing.ids import PromptId, QueueId, SkillId
from tests.people.plans import ENGLISH, HELLO, HELP, NIGHT, OFFICE, SALES, WHOLE, documents

ROOT = Author("root", Source.API)


class Ticking:
    """A second later each time it is asked."""

    def __init__(self) -> None:
        self.time = 1_795_455_945.0

    def now(self) -> float:
        self.time += 1.0
        return self.time


class House:
    """The stores over one database."""

    def __init__(self, database: Database) -> None:
        clock = Ticking()
        self.plans = PlanStore(database, clock)
        self.flows = FlowStore(database, clock)
        self.users = UserStore(database, clock)
        self.words = WordStore(database, clock)
        self.audit = AuditTrail(database)

    async def furnish(self) -> None:
        """As ``WHOLE`` says."""
        for agent in WHOLE.agents:
            user = User(agent.id, agent.name, Role.OPERATOR, Language.RU, True, agent.station, (), ())
            await self.users.add(user, "a hash")
        await self.flows.put_prompt(HELLO, "ru", "a" * 64, 2.5)
        text = write_toml(WHOLE.document())
        await self.plans.edit(apply_file(read_toml(text), 0.0))

    async def trail(self, which: AuditFilter = AuditFilter()) -> Sequence[AuditEntry]:  # noqa: B008
        return (await self.audit.page(which, 1000))[0]


@pytest.fixture
async def house(database: Database) -> House:
    made = House(database)
    await made.furnish()
    return made


async def test_everything_is_kept_and_given_to_the_router(house: House) -> None:
    kept = await house.plans.site_plan()
    assert documents(kept) == documents(WHOLE)
    plan = await house.plans.load()
    assert plan == WHOLE.routing()
    assert (await house.flows.load()) == replace(WHOLE.flows)


async def test_a_refused_change_leaves_all_as_it_was(house: House) -> None:
    before, version = await house.plans.site_plan(), await house.plans.version()
    trail = await house.trail()
    bad = edits.all_of(
        edits.put_skill(Skill(SkillId("german"), "немецкий", "German")),
        edits.put_hours(replace(OFFICE, spans=(), exceptions=())),
    )
    with pytest.raises(PlanRefusedError, match="never open"):
        await house.plans.edit(bad, by=ROOT)
    with pytest.raises(PlanRefusedError, match="never open"):
        await house.plans.edit(bad, by=ROOT, dry_run=True)
    assert (await house.plans.site_plan(), await house.plans.version()) == (before, version)
    assert await house.trail() == trail


async def test_a_dry_run_tells_and_changes_nothing(house: House) -> None:
    before, version = await house.plans.site_plan(), await house.plans.version()
    edited = await house.plans.edit(edits.put_flow(replace(NIGHT, name="Late")), by=ROOT, dry_run=True)
    assert [(change.entity, change.id) for change in edited.changes] == [("flows", "night")]
    assert (await house.plans.site_plan(), await house.plans.version()) == (before, version)


async def test_numbers_move_in_one_change(house: House) -> None:
    text = """
    [queues.sales]
    numbers = []
    [queues.help]
    numbers = ["100", "200"]
    [flows.night]
    numbers = ["74951230001"]
    [flows.main]
    start = "x"
    numbers = []
    [flows.main.steps.x]
    do = "jump"
    flow = "night"
    """
    await house.plans.edit(apply_file(read_toml(text), 0.0))
    plan, flows = await house.plans.load(), await house.flows.load()
    assert {queue.id: queue.numbers for queue in plan.queues} == {"sales": (), "help": ("100", "200")}
    assert {flow.id: flow.numbers for flow in flows.flows} == {"main": (), "night": ("74951230001",)}


async def test_the_trail_tells_who_changed_what_to_what(house: House) -> None:
    await house.plans.edit(edits.set_emergency(Emergency(active=True)), by=ROOT)
    await house.plans.edit(edits.put_skill(Skill(ENGLISH, "английский", "Englisch")), by=SYSTEM)
    latest, closing = (await house.trail())[:2]
    assert (latest.who, latest.source, latest.change.entity, latest.change.id) == (
        "callcenter",
        Source.SYSTEM,
        "skills",
        "english",
    )
    assert latest.change.after == {"ru": "английский", "en": "Englisch"}
    assert (closing.who, closing.source, closing.at < latest.at) == ("root", Source.API, True)
    assert closing.change.before == {"active": False, "prompt": "hello", "flows": ["night"]}
    assert closing.change.after == {"active": True, "prompt": None, "flows": []}


async def test_the_trail_is_asked_by_what_and_whom_and_page_by_page(house: House) -> None:
    for number in range(5):
        await house.plans.edit(edits.put_flow(replace(NIGHT, name=f"Night {number}")), by=ROOT)
    which = AuditFilter(entity="flows", id="night", who="root", source=Source.API)
    seen: list[str] = []
    below = None
    while True:
        entries, below = await house.audit.page(which, 2, below)
        seen += [str(entry.change.after and entry.change.after["name"]) for entry in entries]
        if below is None:
            break
    assert seen == [f"Night {number}" for number in (4, 3, 2, 1, 0)]
    newest = (await house.trail(which))[0]
    assert len(await house.trail(replace(which, since=newest.at))) == 1
    assert len(await house.trail(replace(which, until=newest.at))) == 4
    assert await house.trail(AuditFilter(who="nobody")) == []


async def test_people_and_words_are_in_the_trail_and_passwords_are_not(house: House) -> None:
    await house.users.change("anna", UserChanges(name="Анна М.", password_hash="a secret hash"), by=ROOT)
    (entry, *_) = await house.trail(AuditFilter(entity="users", id="anna"))
    assert entry.change.after is not None
    assert (entry.change.after["name"], entry.change.after["password_changed"]) == ("Анна М.", True)
    await house.users.change("anna", UserChanges(queues=(HELP,), skills=(SkillLevel(ENGLISH, 3),)), by=ROOT)
    (entry, *_) = await house.trail(AuditFilter(entity="agents", id="anna"))
    assert entry.change.after is not None
    assert entry.change.after["queues"] == ["help"]
    await house.words.set_pause_reasons([PauseReason("tea", "Чай", "Tea")], by=ROOT)
    await house.words.set_pause_reasons([PauseReason("tea", "Чай", "Tea")], by=ROOT)
    entries = await house.trail(AuditFilter(entity="pause_reasons"))
    tea = {"code": "tea", "ru": "Чай", "en": "Tea"}
    assert [entry.change.after for entry in entries] == [{"items": [tea]}]
    whole = repr(await house.trail())
    assert "a secret hash" not in whole
    assert "a hash" not in whole


async def test_changes_at_once_are_checked_against_each_other(house: House) -> None:
    """Each of the two is fine by itself: together nobody would know English well enough."""
    await house.plans.edit(
        edits.change_queue(SALES, lambda it: replace(it, required=(SkillLevel(ENGLISH, 5),), rings=()))
    )
    done = await asyncio.gather(
        house.plans.edit(
            edits.change_queue(SALES, lambda it: replace(it, required=(SkillLevel(ENGLISH, 8),)))
        ),
        house.plans.edit(
            edits.change_agent(WHOLE.agents[0].id, lambda it: replace(it, skills=(SkillLevel(ENGLISH, 6),)))
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(one, PlanRefusedError) for one in done) == 1, done


async def test_a_queue_leaves_with_all_that_is_its_own(house: House) -> None:
    text = "[queues.help]\n[queues.sales]\n"
    german = Queue(QueueId("german"), "German", ("300",), (SkillLevel(ENGLISH, 1),))
    await house.plans.add_queue(german)
    await house.plans.edit(apply_file(read_toml(text), 0.0, prune=True))
    assert [queue.id for queue in await house.plans.queues()] == [SALES, HELP]
    await house.plans.add_queue(german)  # its number is free again
    await house.words.set_dispositions([Disposition("x", "x", "x", (german.id,), False)])
    with pytest.raises(PlanRefusedError, match="x is offered only in queues that would be gone"):
        await house.plans.edit(edits.remove_queue("german"))
    with pytest.raises(InvalidFieldError, match="move these first"):
        await house.plans.edit(edits.remove_queue("help"))
    with pytest.raises(NotFoundError):
        await house.plans.edit(edits.remove_queue("moon"))
    with pytest.raises(DuplicateError):
        await house.plans.edit(edits.add_queue(replace(german, id=QueueId("g2"))))


async def test_a_person_is_switched_off_whatever_the_queue(house: House) -> None:
    for agent in WHOLE.agents:
        assert await house.users.change(agent.id, UserChanges(active=False), by=ROOT) is not None
    assert (await house.plans.load()).agents == ()
    assert len((await house.plans.site_plan()).agents) == 2


async def test_prompts_are_kept_by_language_and_held_while_a_flow_plays_them(house: House) -> None:
    made = await house.flows.put_prompt(HELLO, "en", "b" * 64, 3.0, by=ROOT)
    assert (made.uploaded_by, [prompt.language for prompt in await house.flows.prompts()]) == (
        "root",
        ["en", "ru"],
    )
    await house.flows.remove_prompt(HELLO, "ru")
    with pytest.raises(PlanRefusedError, match="hello"):
        await house.flows.remove_prompt(HELLO, "en")
    with pytest.raises(NotFoundError):
        await house.flows.remove_prompt(PromptId("moon"), "en")
    with pytest.raises(InvalidFieldError, match="sha256"):
        await house.flows.put_prompt(HELLO, "en", "no", 3.0)
    assert (await house.flows.load()).prompts == (HELLO,)
    assert [entry.change.after is None for entry in await house.trail(AuditFilter(entity="prompts"))] == [
        True,
        False,
        False,
    ]


async def test_an_empty_site_has_an_empty_plan(database: Database) -> None:
    assert await PlanStore(database).site_plan() == SitePlan()
    assert (await FlowStore(database).load()) == SitePlan().flows
