"""The way from a link's reads to the consumer: at once while nothing waits, and always in order."""

from __future__ import annotations

import asyncio

from callcenter.clock import SystemClock
from callcenter.telephony.ami.frames import Frame
from callcenter.telephony.ami.inbox import _SLICE, Inbox, Intake
from callcenter.telephony.events import CallArrived, TelephonyEvent
from routing.ids import ServerId

SERVER = ServerId("main")


class Consumer:
    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.full = False

    def post(self, event: TelephonyEvent) -> None:
        if self.full:
            raise asyncio.QueueFull
        assert isinstance(event, CallArrived)
        self.numbers.append(event.number)


def arrivals(first: int, last: int) -> list[Frame]:
    return [
        Frame(
            "Newchannel",
            {
                "channel": f"PJSIP/trunk-{number:08x}",
                "context": "cc-in",
                "exten": "1000",
                "uniqueid": f"1.{number}",
                "linkedid": f"1.{number}",
                "calleridnum": str(number),
                "calleridname": "",
            },
        )
        for number in range(first, last + 1)
    ]


def numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


def delivering(consumer: Consumer) -> Inbox:
    inbox = Inbox(SERVER, consumer.post, SystemClock(), 10_000, lambda: None)
    inbox.intake = Intake.DELIVER
    return inbox


async def test_what_one_read_gave_is_posted_before_the_loop_turns() -> None:
    consumer = Consumer()
    inbox = delivering(consumer)
    inbox.put_frames(arrivals(1, 3))
    assert consumer.numbers == numbers(1, 3)
    assert inbox.depth == 0
    await asyncio.wait_for(inbox.drained(), 1)


async def test_a_burst_is_posted_in_slices_and_in_order() -> None:
    consumer = Consumer()
    inbox = delivering(consumer)
    inbox.put_frames(arrivals(1, _SLICE + 10))
    assert consumer.numbers == numbers(1, _SLICE)
    inbox.put_frames(arrivals(_SLICE + 11, _SLICE + 12))  # not before those that wait
    assert consumer.numbers == numbers(1, _SLICE)
    running = asyncio.create_task(inbox.run())
    await asyncio.wait_for(inbox.drained(), 5)
    assert consumer.numbers == numbers(1, _SLICE + 12)
    running.cancel()


async def test_a_full_consumer_is_given_the_same_event_first() -> None:
    consumer = Consumer()
    consumer.full = True
    inbox = delivering(consumer)
    inbox.put_frames(arrivals(1, 2))
    assert inbox.pushed_back
    assert inbox.depth == 2
    consumer.full = False
    inbox.put_frames(arrivals(3, 3))
    assert consumer.numbers == []
    running = asyncio.create_task(inbox.run())
    await asyncio.wait_for(inbox.drained(), 5)
    assert consumer.numbers == numbers(1, 3)
    assert not inbox.pushed_back
    running.cancel()
