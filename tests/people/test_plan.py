"""The routing plan and the site's words, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from callcenter.errors import ConfigError
from callcenter.people.first_words import read_first_words
from callcenter.people.plan import PlanStore
from callcenter.people.views import Disposition, PauseReason, Skill, WordVersions
from callcenter.people.words import WordStore
from callcenter.settings import default_path
from callcenter.storage import (
    ChangedMeanwhileError,
    Database,
    DuplicateError,
    InvalidFieldError,
    NotFoundError,
    UnknownReferenceError,
)
from routing.acd.model import Queue, SkillLevel
from routing.ids import QueueId, SkillId

ENGLISH = Skill(SkillId("english"), "английский", "English")
SALES = Queue(QueueId("sales"), "Продажи", ("74951230001", "74951230011"))
VIP = Queue(
    QueueId("vip"),
    "VIP",
    ("74951230003",),
    required=(SkillLevel(ENGLISH.id, 5),),
    priority=10,
    ring_seconds=15,
    wrap_up_seconds=60,
    service_level_seconds=10,
    short_abandon_seconds=3,
)


@pytest.fixture
async def plan(database: Database) -> PlanStore:
    store = PlanStore(database)
    await store.put_skill(ENGLISH)
    return store


async def test_no_queue_is_a_mistake_to_be_told(plan: PlanStore) -> None:
    with pytest.raises(ConfigError, match="no queue"):
        await plan.load()


async def test_queues_keep_all_they_were_given_and_their_order(plan: PlanStore) -> None:
    await plan.add_queue(VIP)
    await plan.add_queue(SALES, takes_unknown=True)
    loaded = await plan.load()
    assert loaded.queues == (VIP, SALES)
    assert loaded.default_queue == "sales"


async def test_the_first_queue_takes_unknown_numbers_if_none_was_named(plan: PlanStore) -> None:
    await plan.add_queue(VIP)
    await plan.add_queue(SALES)
    assert (await plan.load()).default_queue == "vip"


async def test_a_queue_is_replaced_and_the_default_moves(plan: PlanStore) -> None:
    await plan.add_queue(VIP, takes_unknown=True)
    await plan.add_queue(SALES)
    version = await plan.version()
    changed = replace(SALES, numbers=("74951230009",), required=(SkillLevel(ENGLISH.id, 1),), ring_seconds=9)
    await plan.change_queue(changed, takes_unknown=True)
    loaded = await plan.load()
    assert loaded.queues == (VIP, changed)
    assert loaded.default_queue == "sales"
    assert await plan.version() == version + 1
    await plan.change_queue(SALES)
    assert (await plan.load()).default_queue == "sales"


async def test_refusals_name_the_field(plan: PlanStore) -> None:
    await plan.add_queue(SALES)
    with pytest.raises(DuplicateError) as refusal:
        await plan.add_queue(replace(VIP, numbers=("74951230001",)))
    assert (refusal.value.field, refusal.value.message) == ("numbers", "74951230001 leads to sales already")
    with pytest.raises(DuplicateError) as refusal:
        await plan.add_queue(SALES)
    assert refusal.value.field == "id"
    with pytest.raises(UnknownReferenceError, match="elvish"):
        await plan.add_queue(replace(VIP, required=(SkillLevel(SkillId("elvish"), 1),)))
    with pytest.raises(InvalidFieldError, match="ring_seconds"):
        await plan.add_queue(replace(VIP, ring_seconds=0))
    with pytest.raises(InvalidFieldError, match="from 1 to 10"):
        await plan.add_queue(replace(VIP, required=(SkillLevel(ENGLISH.id, 0),)))
    with pytest.raises(NotFoundError):
        await plan.change_queue(VIP)
    assert list(await plan.queues()) == [SALES]


async def test_the_default_is_moved_only_on_purpose(plan: PlanStore) -> None:
    await plan.add_queue(SALES, takes_unknown=True)
    with pytest.raises(DuplicateError, match="sales takes the calls") as refusal:
        await plan.add_queue(VIP, takes_unknown=True)
    assert refusal.value.field == "takes_unknown"
    assert list(await plan.queues()) == [SALES]
    await plan.add_queue(VIP)
    await plan.change_queue(VIP, takes_unknown=True)
    assert (await plan.load()).default_queue == "vip"


async def test_changes_at_once_are_all_counted(plan: PlanStore) -> None:
    await plan.add_queue(SALES)
    version = await plan.version()
    await asyncio.gather(*(plan.change_queue(replace(SALES, priority=n)) for n in range(20)))
    assert await plan.version() == version + 20


async def test_skills_are_added_and_renamed(plan: PlanStore) -> None:
    await plan.put_skill(replace(ENGLISH, en="Englisch"))
    assert await plan.skills() == [replace(ENGLISH, en="Englisch")]


async def test_words_are_replaced_as_a_whole(database: Database) -> None:
    words = WordStore(database)
    await PlanStore(database).add_queue(SALES)
    reasons = [PauseReason("lunch", "Обед", "Lunch"), PauseReason("break", "Перерыв", "Break")]
    await words.set_pause_reasons(reasons)
    await words.set_pause_reasons(reasons[::-1])
    assert await words.pause_reasons() == reasons[::-1]
    dispositions = [
        Disposition("sold", "Продано", "Sold", (SALES.id,), True),
        Disposition("other", "Другое", "Other", (), False),
    ]
    await words.set_dispositions(dispositions)
    await words.set_dispositions(dispositions)
    assert await words.dispositions() == dispositions
    with pytest.raises(UnknownReferenceError, match="moon"):
        await words.set_dispositions([Disposition("x", "x", "x", (QueueId("moon"),), False)])
    with pytest.raises(DuplicateError, match="twice"):
        await words.set_pause_reasons([*reasons, *reasons])
    assert await words.dispositions() == dispositions
    assert await words.pause_reasons() == reasons[::-1]


async def test_of_two_who_change_the_same_words_one_is_told(database: Database) -> None:
    words = WordStore(database)
    lunch, tea = PauseReason("lunch", "Обед", "Lunch"), PauseReason("tea", "Чай", "Tea")
    assert await words.versions() == WordVersions(0, 0)
    both = [words.set_pause_reasons([one], base=0) for one in (lunch, tea)]
    told = await asyncio.gather(*both, return_exceptions=True)
    (refused,) = [one for one in told if isinstance(one, ChangedMeanwhileError)]
    assert (refused.field, refused.now) == ("base", 1)
    assert await words.versions() == WordVersions(1, 0)
    kept = await words.pause_reasons()
    assert kept in ([lunch], [tea])
    assert await words.set_pause_reasons([lunch, tea], base=1) == 2
    with pytest.raises(ChangedMeanwhileError):
        await words.set_dispositions([], base=1)
    assert await words.versions() == WordVersions(2, 0)


FIRST = (
    [PauseReason("lunch", "Обед", "Lunch")],
    [Disposition("other", "Другое", "Other", (), False)],
)


async def test_the_first_words_are_entered_once(database: Database) -> None:
    words = WordStore(database)
    results = await asyncio.gather(*(words.enter_first(*FIRST) for _ in range(8)))
    assert sorted(results) == [(False, False)] * 7 + [(True, True)]
    assert (await words.pause_reasons(), await words.dispositions()) == FIRST
    await words.set_pause_reasons([])
    await words.set_dispositions([])
    assert await words.enter_first(*FIRST) == (False, False)
    assert (await words.pause_reasons(), await words.dispositions()) == ([], [])


async def test_words_that_a_site_has_are_left_alone(database: Database) -> None:
    words, own = WordStore(database), [PauseReason("tea", "Чай", "Tea")]
    await words.set_pause_reasons(own)
    assert await words.enter_first(*FIRST) == (False, True)
    assert (await words.pause_reasons(), await words.dispositions()) == (own, FIRST[1])


async def test_the_shipped_words_can_be_entered(database: Database) -> None:
    reasons, dispositions = read_first_words(default_path().parent / "words.toml")
    assert await WordStore(database).enter_first(reasons, dispositions) == (True, True)
    assert {"break", "lunch", "training", "meeting", "technical"} <= {reason.code for reason in reasons}
    wanted = {"resolved", "callback", "sold", "not_interested", "wrong_number", "other"}
    assert wanted <= {disposition.code for disposition in dispositions}
