"""Calls in flows after a restart: the ledger has their position, and the core goes on from it."""

from __future__ import annotations

from sqlalchemy import update

from callcenter.calls.facts import CallQueued, FlowStepTaken, MessageLeft
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.states import CallState
from callcenter.dispatch.core import Core
from callcenter.dispatch.inputs import PlanChanged, Tick
from callcenter.history.documents import read_document, write_document
from callcenter.history.models import LedgerRow
from callcenter.history.restore import load_restored
from callcenter.history.store import FactStore
from callcenter.storage import Database
from callcenter.telephony.commands import Ask
from callcenter.telephony.events import CallPhase, ServerSynced, StationState
from tests.dispatch.flow_scenes import FLOWS, done, hold, routing, site, word
from tests.dispatch.scenes import CALL, arrived, found
from tests.support.playbook import MAIN, Playbook


async def kept(database: Database, play: Playbook) -> None:
    """The ledger as a process that was killed left it."""
    facts = [fact for entry in play.log for fact in entry[2].facts]
    documents = [
        read_document(write_document(LedgerEntry(1, number, fact))) for number, fact in enumerate(facts, 1)
    ]
    await FactStore(database).write(documents)


async def taken_over(database: Database, play: Playbook) -> Core:
    core = Core()
    core.handle(PlanChanged(routing("anna"), FLOWS), play.now + 3)
    core.handle(await load_restored(database), play.now + 3)
    return core


async def test_a_caller_in_the_menu_is_asked_anew_once_he_is_found_on_hold(database: Database) -> None:
    play = site("anna").when(arrived(dialled="300"), hold()).when(*done(1))
    await kept(database, play)
    core = await taken_over(database, play)
    call = core.floor.calls[CALL]
    assert (call.state, call.position) == (CallState.FLOW, play.call(CALL).position)
    idle = tuple((agent.station, StationState.IDLE) for agent in routing("anna").agents)
    waiting = ServerSynced(MAIN, (found(CallPhase.STEP),), idle, None)
    assert not core.handle(waiting, play.now + 4).commands
    outcome = core.handle(hold(), play.now + 5)
    (asked,) = outcome.commands
    assert isinstance(asked, Ask)
    assert asked.step > 2, "words on the question before are told apart"


async def test_a_caller_who_waits_keeps_his_place_and_his_announcements(database: Database) -> None:
    play = site("anna").when(arrived(dialled="300"), hold()).when(*done(1)).when(*done(2, "2"))
    await kept(database, play)
    core = await taken_over(database, play)
    call = core.floor.calls[CALL]
    assert (call.state, call.queue, call.since) == (CallState.OFFERED, "help", play.call(CALL).since)
    assert call.position == play.call(CALL).position


async def test_a_message_that_outlived_us_becomes_a_task(database: Database) -> None:
    play = site().when(arrived(dialled="300"), hold()).when(*done(1)).when(*done(2, "3"))
    await kept(database, play)
    gone = (ServerSynced(MAIN, (), (), None),)
    told = (word(3, seconds=9), hold())
    for events, seconds in ((gone, 0), (told, 9)):
        core = await taken_over(database, play)
        at = play.now + 4
        outcomes = [core.handle(event, at) for event in events]
        outcomes.append(core.handle(Tick(), at + 10))
        left = [fact for one in outcomes for fact in one.facts if isinstance(fact, MessageLeft)]
        assert [(one.recording, one.seconds, one.queue) for one in left] == [("main-1-1_3", seconds, "sales")]


async def test_a_fact_of_another_version_costs_the_place_in_the_flow_only(database: Database) -> None:
    play = site().when(arrived(dialled="300"), hold()).when(*done(1)).when(*done(2, "2"))
    assert any(isinstance(fact, CallQueued) for entry in play.log for fact in entry[2].facts)
    await kept(database, play)
    strange = {"type": FlowStepTaken.__name__, "at": 1.0, "call": CALL, "position": "elsewhere"}
    async with database.write() as connection:
        kind = LedgerRow.type == FlowStepTaken.__name__
        await connection.execute(update(LedgerRow).where(kind).values(payload=strange))
    (call,) = (await load_restored(database)).calls
    assert (call.position, call.queue) == (None, "help")
