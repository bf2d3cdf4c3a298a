"""What happens to +7… at 18:59 on Friday?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.callbacks import Unkeepable
from routing.flows.directory import FlowDirectory
from routing.flows.model import (
    Announcements,
    AskNumber,
    CallOut,
    Choice,
    Enqueue,
    HangUp,
    IfOpen,
    Menu,
    OfferCallback,
    Overflow,
    OverflowKind,
    Say,
    Voicemail,
)
from routing.flows.moves import Join, QueueState, Why
from routing.flows.tester import Ending, Script, Walked, walk
from routing.ids import HoursId, QueueId
from tests.routing.flows.plans import HELP, MENU, NUMBER, SALES, SORRY, WELCOME, at, directory, s

FLOWS = directory(
    IfOpen(s("open"), HoursId("office"), s("menu"), s("closed")),
    Say(s("closed"), SORRY, s("message")),
    Voicemail(s("message"), HELP, SORRY),
    Menu(s("menu"), MENU, (Choice("1", s("sell")), Choice("2", s("out")), Choice("3", s("ask"))), s("bye")),
    Enqueue(
        s("sell"),
        SALES,
        (Overflow(OverflowKind.NOBODY, 0, s("message")), Overflow(OverflowKind.WAITED, 90, s("help"))),
        Announcements(20, 60, WELCOME, callback_key="5"),
        None,
        s("callback"),
    ),
    OfferCallback(s("callback"), SALES, MENU, s("sell")),
    Enqueue(s("help"), HELP),
    CallOut(s("out"), "+74950000009", s("message")),
    AskNumber(s("ask"), MENU, s("help"), s("bye")),
    HangUp(s("bye")),
)
FRIDAY = Script(NUMBER, at("2026-11-27 17:59"), "+79161234567")


def whys(walked: Walked) -> list[Why]:
    return [trace.why for trace in walked.trace]


def test_a_callback_that_could_not_be_promised_is_refused_with_the_reason() -> None:
    asked: list[tuple[str, str]] = []

    def keeps(queue: QueueId, number: str, at: float) -> Unkeepable | None:
        asked.append((queue, number))
        return None if number == "+74951112233" else Unkeepable.NEVER_ALLOWED

    wants = replace(FRIDAY, keys=("1", "1"), key_in_queue="5", patience=30, keeps=keeps)
    refused = walk(FLOWS, wants)
    assert asked == [(SALES, FRIDAY.number)]
    (told,) = [trace.told for trace in refused.trace if trace.why is Why.CALLBACK_REFUSED]
    assert dict(told) == {"reason": "never_allowed"}
    assert (refused.ending, refused.queue) == (Ending.QUEUE, SALES)
    other = replace(wants, keys=("1", "2", "+74951112233", "1"))
    kept = walk(FLOWS, other)
    assert (kept.ending, kept.number) == (Ending.CALLBACK, "+74951112233")


def test_friday_at_18_59() -> None:
    walked = walk(FLOWS, replace(FRIDAY, at=at("2026-11-27 18:59")))
    assert (walked.ending, walked.queue) == (Ending.MESSAGE, HELP)
    assert whys(walked) == [
        Why.ENTERED,
        Why.CLOSED,
        Why.PLAYED,
        Why.RECORDING,
        Why.RECORDED,
        Why.HUNG_UP,
    ]
    assert dict(walked.trace[1].told)["opens"] == at("2026-11-30 09:00")
    assert walked.at == at("2026-11-27 18:59") + 20


@pytest.mark.parametrize(
    ("script", "ending", "queue", "number"),
    [
        (replace(FRIDAY, keys=("1",)), Ending.QUEUE, SALES, None),
        (replace(FRIDAY, keys=("1",), patience=80), Ending.QUEUE, SALES, None),
        (replace(FRIDAY, keys=("1",), patience=600), Ending.QUEUE, HELP, None),
        (replace(FRIDAY, keys=("1",), queues={SALES: QueueState(able=0)}), Ending.MESSAGE, HELP, None),
        (replace(FRIDAY, keys=("2",)), Ending.OUTSIDE, None, "+74950000009"),
        (replace(FRIDAY, keys=("2",), answered_outside=False), Ending.MESSAGE, HELP, None),
        (replace(FRIDAY, keys=("2",), answered_outside=False, message_seconds=0), Ending.HUNG_UP, None, None),
        (replace(FRIDAY, keys=("3", "77"), clients={"77": None}), Ending.QUEUE, HELP, None),
        (replace(FRIDAY, keys=("3", "78", "79"), clients={"77": None}), Ending.HUNG_UP, None, None),
        (FRIDAY, Ending.HUNG_UP, None, None),
        (replace(FRIDAY, dialled="100"), Ending.QUEUE, SALES, None),
        (
            replace(FRIDAY, keys=("1", "1"), patience=60, key_in_queue="5"),
            Ending.CALLBACK,
            SALES,
            "+79161234567",
        ),
        (replace(FRIDAY, keys=("1", "9"), patience=60, key_in_queue="5"), Ending.QUEUE, SALES, None),
    ],
)
def test_where_it_ends(script: Script, ending: Ending, queue: str | None, number: str | None) -> None:
    walked = walk(FLOWS, script)
    assert (walked.ending, walked.queue, walked.number) == (ending, queue, number)
    assert walk(FLOWS, script) == walked


def test_silence_takes_its_time() -> None:
    walked = walk(FLOWS, FRIDAY)
    assert walked.at == FRIDAY.at + 15
    assert whys(walked)[-3:] == [Why.SILENCE, Why.GAVE_UP, Why.HUNG_UP]


def test_what_is_heard_while_waiting() -> None:
    script = replace(FRIDAY, keys=("1",), patience=85, queues={SALES: QueueState(4, 2, 130.0, 5)})
    told = [dict(trace.told) for trace in walk(FLOWS, script).trace if trace.why is Why.ANNOUNCED]
    assert told == [{"place": 5, "expected": 130.0, "minutes": 3}] * 2


def test_a_walk_without_end_is_cut() -> None:
    flows: FlowDirectory = directory(Enqueue(s("w"), SALES, (), Announcements(10, 10, WELCOME)))
    walked = walk(flows, replace(FRIDAY, patience=1e6))
    assert walked.ending is Ending.CUT
    assert isinstance(walked.happened[0].action, Join)
