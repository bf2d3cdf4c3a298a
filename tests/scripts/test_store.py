"""Scripts in versions, answers and notes, on both databases."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from callcenter.people import edits
from callcenter.people.audit import AuditFilter, AuditTrail
from callcenter.people.plan import PlanStore
from callcenter.people.site_plan import Author, Source
from callcenter.scripts.errors import ScriptRefusedError, WrongAnswersError
from callcenter.scripts.mistakes import Code
from callcenter.scripts.papers import PaperStore
from callcenter.scripts.store import ScriptStore
from callcenter.scripts.views import NoteWish
from callcenter.storage import Database, InvalidFieldError, NotFoundError
from callcenter.storage.errors import ChangedMeanwhileError, UnknownReferenceError
from routing.acd.model import Queue
from routing.ids import AgentId, CallId, QueueId
from tests.scripts.samples import greeting, steps_with

CALL, ANNA, BORIS = CallId("main:17.1"), AgentId("anna"), AgentId("boris")
SALES, HELP = QueueId("sales"), QueueId("help")
SVETA = Author("sveta", Source.API)
TODAY = date(2026, 3, 9)


@pytest.fixture
async def scripts(database: Database) -> ScriptStore:
    plan = PlanStore(database)
    await plan.add_queue(Queue(SALES, "Sales", ()))
    await plan.add_queue(Queue(HELP, "Help", ()))
    return ScriptStore(database)


@pytest.fixture
def papers(database: Database) -> PaperStore:
    return PaperStore(database)


async def test_each_save_that_changes_something_is_a_version(scripts: ScriptStore) -> None:
    first = await scripts.save("sales", greeting(), 0, by=SVETA)
    again = await scripts.save("sales", greeting(), 1, by=SVETA)
    assert (first.version, again.version) == (1, 1)
    second = await scripts.save("sales", greeting(name="Sales 2"), 1, by=SVETA)
    assert second.version == 2
    (listed,) = await scripts.all()
    assert (listed.name, listed.latest.version, listed.published) == ("Sales 2", 2, None)
    assert [it.version for it in await scripts.versions("sales")] == [2, 1]
    old = await scripts.version("sales", 1)
    assert old is not None
    assert (old.document, old.by) == (greeting(), "sveta")
    restored = await scripts.save("sales", old.document, 2, by=SVETA)
    assert (restored.version, restored.document) == (3, greeting())
    assert await scripts.version("moon") is None


async def test_of_two_who_edit_at_once_one_is_told(scripts: ScriptStore) -> None:
    await scripts.save("sales", greeting(), 0)
    tries = [scripts.save("sales", greeting(name=f"Sales {n}"), 1) for n in range(4)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    refused = [one for one in done if isinstance(one, ChangedMeanwhileError)]
    assert len(refused) == 3, done
    assert {one.now for one in refused} == {2}
    with pytest.raises(ChangedMeanwhileError):
        await scripts.save("sales", greeting(name="New"), 0)
    with pytest.raises(InvalidFieldError):
        await scripts.save("a b", greeting(), 0)


async def test_a_loop_may_be_a_draft_and_is_never_published(scripts: ScriptStore) -> None:
    await scripts.save("sales", greeting(**steps_with(2, next="hello")), 0)
    with pytest.raises(ScriptRefusedError) as refused:
        await scripts.publish("sales", 1)
    assert [it.code for it in refused.value.mistakes] == [Code.LOOP]
    with pytest.raises(NotFoundError):
        await scripts.publish("sales", 7)
    with pytest.raises(NotFoundError):
        await scripts.withdraw("moon")


async def test_queues_have_one_script_each(scripts: ScriptStore) -> None:
    for name in ("a", "b"):
        await scripts.save(name, greeting(name=name), 0)
    await scripts.assign("a", [SALES, HELP])
    await scripts.assign("b", [HELP], by=SVETA)
    assert [(it.id, it.queues) for it in await scripts.all()] == [("a", (SALES,)), ("b", (HELP,))]
    with pytest.raises(UnknownReferenceError):
        await scripts.assign("a", [QueueId("moon")])
    with pytest.raises(NotFoundError):
        await scripts.assign("moon", [])


async def test_what_was_done_is_in_the_audit_trail(scripts: ScriptStore, database: Database) -> None:
    await scripts.save("sales", greeting(), 0, by=SVETA)
    await scripts.publish("sales", 1, by=SVETA)
    await scripts.publish("sales", 1, by=SVETA)  # nothing new
    await scripts.assign("sales", [SALES], by=SVETA)
    await scripts.withdraw("sales", by=SVETA)
    entries, _ = await AuditTrail(database).page(AuditFilter(entity="scripts"), 10)
    told = [it.change.after for it in reversed(entries)]
    assert told[0] is not None
    assert told[0]["version"] == 1
    assert told[1:] == [{"published": 1}, {"queues": ["sales"]}, {"published": None}]
    assert {it.who for it in entries} == {"sveta"}


async def _published(scripts: ScriptStore) -> None:
    await scripts.save("sales", greeting(), 0)
    await scripts.publish("sales", 1)
    await scripts.assign("sales", [SALES])


async def test_a_call_keeps_the_version_it_was_begun_with(scripts: ScriptStore, papers: PaperStore) -> None:
    assert await papers.begin(CALL, SALES, ANNA) is None
    await _published(scripts)
    assert await papers.begin(CALL, HELP, ANNA) is None
    assert await papers.begin(CALL, None, ANNA) is None
    assert await papers.script_of(CALL) is None
    assert await papers.script_of(CALL, HELP) is None
    ahead = await papers.script_of(CALL, SALES)
    assert ahead is not None
    assert (ahead.version, ahead.step, ahead.answers, ahead.revision) == (1, "hello", {}, 0)
    assert await papers.script_of(CALL) is None
    begun = await papers.begin(CALL, SALES, ANNA)
    assert begun is not None
    assert (begun.version, begun.step, begun.answers, begun.revision) == (1, "hello", {}, 0)
    await scripts.save("sales", greeting(name="Sales 2"), 1)
    await scripts.publish("sales", 2)
    kept = await papers.answer(CALL, {"wish": "buy"}, "budget", 0, ANNA, TODAY)
    assert (kept.version, kept.revision) == (1, 1)
    # The next agent, in another queue even, goes on where the first one was.
    following = await papers.begin(CALL, HELP, BORIS)
    assert following is not None
    assert (following.version, following.answers, following.step) == (1, {"wish": "buy"}, "budget")
    other = await papers.begin(CallId("main:18.1"), SALES, ANNA)
    assert other is not None
    assert other.version == 2


async def test_answers_are_checked_and_never_overwritten_unseen(
    scripts: ScriptStore, papers: PaperStore
) -> None:
    with pytest.raises(NotFoundError):
        await papers.answer(CALL, {}, "hello", 0, ANNA, TODAY)
    await _published(scripts)
    await papers.begin(CALL, SALES, ANNA)
    with pytest.raises(WrongAnswersError) as wrong:
        await papers.answer(CALL, {"wish": "steal", "amount": "1"}, "hello", 0, ANNA, TODAY)
    assert set(wrong.value.wrong) == {"wish", "amount"}
    with pytest.raises(InvalidFieldError):
        await papers.answer(CALL, {}, "moon", 0, ANNA, TODAY)
    for _ in range(2):  # sent again, since its answer was lost
        kept = await papers.answer(CALL, {"wish": "buy"}, "hello", 0, ANNA, TODAY)
        assert kept.revision == 1
    with pytest.raises(ChangedMeanwhileError) as behind:
        await papers.answer(CALL, {"wish": "ask"}, "hello", 0, ANNA, TODAY)
    assert behind.value.now == 1
    assert (await papers.answer(CALL, {"wish": "ask"}, "end", 1, ANNA, TODAY)).revision == 2


async def test_notes_are_their_agents_own(papers: PaperStore) -> None:
    first = await papers.note(CALL, ANNA, NoteWish("asks for"), 0)
    assert first.revision == 1
    assert await papers.note(CALL, ANNA, NoteWish("asks for"), 0) == first  # its answer was lost
    with pytest.raises(ChangedMeanwhileError) as behind:
        await papers.note(CALL, ANNA, NoteWish("another tab"), 0)
    assert behind.value.now == 1
    wish = NoteWish("asks for a price", "sold", "15.00", 1_764_000_000.0, callback_mine=True)
    assert (await papers.note(CALL, ANNA, wish, 1)).wish == wish
    await papers.note(CALL, BORIS, NoteWish("told him"), 0)
    told = [(it.agent, it.wish.text, it.revision) for it in await papers.notes(CALL)]
    assert told == [(ANNA, "asks for a price", 2), (BORIS, "told him", 1)]
    await papers.settle(CALL, ANNA, NoteWish("done", "sold", "16.00"))
    settled = next(it for it in await papers.notes(CALL) if it.agent == ANNA)
    assert (settled.wish, settled.revision) == (NoteWish("done", "sold", "16.00"), 3)
    await papers.settle(CallId("main:19.1"), ANNA, NoteWish("at once"))
    assert [it.revision for it in await papers.notes(CallId("main:19.1"))] == [1]


async def test_two_tabs_that_begin_at_once_begin_one(scripts: ScriptStore, papers: PaperStore) -> None:
    await _published(scripts)
    begun = await asyncio.gather(*(papers.begin(CALL, SALES, ANNA) for _ in range(4)))
    assert {one.revision for one in begun if one is not None} == {0}
    notes = [papers.note(CALL, ANNA, NoteWish(f"tab {n}"), 0) for n in range(4)]
    done = await asyncio.gather(*notes, return_exceptions=True)
    assert sum(isinstance(one, ChangedMeanwhileError) for one in done) == 3


async def test_a_queue_that_is_removed_leaves_its_script(scripts: ScriptStore, database: Database) -> None:
    await _published(scripts)
    await scripts.assign("sales", [HELP])
    await PlanStore(database).edit(edits.remove_queue(HELP))
    assert [it.queues for it in await scripts.all()] == [()]
