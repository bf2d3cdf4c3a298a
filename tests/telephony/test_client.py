"""panoramisk behind its guards: one connection, its requests and its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from callcenter.telephony.ami.action import AmiAction, UnrenderableError
from callcenter.telephony.ami.client import Answer, Connection, Reply
from callcenter.telephony.ami.frames import Frame, Framer
from tests.telephony.fake_ami import SECONDS, FakeAmi, event, response

ORIGINATE = AmiAction("Originate", (("Channel", "PJSIP/a1001"), ("Async", "true")))


class Wired:
    """A fake server and one connection to it."""

    def __init__(self, fake: FakeAmi) -> None:
        self.fake = fake
        self.frames: list[Frame] = []
        self.ended: list[str] = []
        self.failed = 0
        self.connection = Connection(
            host="127.0.0.1",
            port=fake.port,
            tls=None,
            framer=Framer({"OriginateResponse", "Hangup", "Status", "StatusComplete"}, (), 65_536),
            max_unsent=1_000_000,
            on_frames=self.take,
            on_ended=self.ended.append,
            on_failed=self.fail,
        )

    def fail(self) -> None:
        self.failed += 1

    def take(self, frames: list[Frame]) -> None:
        self.frames += frames

    async def until(self, number: int) -> None:
        async with asyncio.timeout(SECONDS):
            while len(self.frames) < number:
                await asyncio.sleep(0.005)


@pytest.fixture
async def wired() -> AsyncIterator[Wired]:
    async with FakeAmi() as fake:
        wired = Wired(fake)
        await wired.connection.open(SECONDS)
        yield wired
        await wired.connection.close("test")


async def test_an_event_with_a_pending_action_id_is_an_event(wired: Wired) -> None:
    wired.fake.silent = {"Originate"}
    asking = asyncio.create_task(wired.connection.ask(ORIGINATE, deadline=SECONDS))
    action = await wired.fake.action("Originate")
    # Stock panoramisk takes this for the action's answer, and reads a failure as success.
    result = event("OriginateResponse", ActionID=action["ActionID"], Response="Failure", Reason="5")
    wired.fake.session.send(result)
    await wired.until(1)
    assert not asking.done()
    wired.fake.session.send(response(action, Message="Originate successfully queued"))
    reply = await asking
    assert (reply.answer, reply.message) == (Answer.SUCCESS, "Originate successfully queued")
    wired.fake.session.send(result)
    await wired.until(2)
    assert [frame.first("response") for frame in wired.frames] == ["Failure", "Failure"]


async def test_an_event_with_somebody_elses_action_id_is_an_event(wired: Wired) -> None:
    wired.fake.session.send(event("OriginateResponse", ActionID="another-session", Response="Success"))
    await wired.until(1)
    assert wired.connection.late == 0


async def test_answers_in_any_order_find_their_requests(wired: Wired) -> None:
    wired.fake.silent = {"Originate"}
    asking = [asyncio.create_task(wired.connection.ask(ORIGINATE, deadline=SECONDS)) for _ in range(3)]
    actions = [await wired.fake.action("Originate", number) for number in (1, 2, 3)]
    for number in (2, 0, 1):
        wired.fake.session.send(response(actions[number], Message=str(number)))
    assert [(await one).message for one in asking] == ["0", "1", "2"]


async def test_a_list_keeps_repeated_headers_of_its_items(wired: Wired) -> None:
    wired.fake.channels = [event("Status", Uniqueid="1.1", Variable=["CC_CALL=1.1", "CC_STATE=WAIT"])]
    reply = await wired.connection.ask(AmiAction("Status"), deadline=SECONDS, listed=True)
    assert reply.answer is Answer.SUCCESS
    assert [item.name for item in reply.items] == ["Status", "StatusComplete"]
    assert reply.items[0].headers["variable"] == ["CC_CALL=1.1", "CC_STATE=WAIT"]
    assert reply.headers["listitems"] == "1"
    assert wired.frames == []


async def test_a_list_that_is_refused_ends_at_once(wired: Wired) -> None:
    wired.fake.answers["Status"] = lambda action: response(action, "Error", Message="No")
    reply = await wired.connection.ask(AmiAction("Status"), deadline=SECONDS, listed=True)
    assert (reply.answer, reply.message, reply.items) == (Answer.REFUSED, "No", ())


async def test_repeated_headers_in_an_answer_break_nothing(wired: Wired) -> None:
    wired.fake.answers["Ping"] = lambda action: response(action).replace(
        b"\r\n\r\n", b"\r\nMessage: one\r\nMessage: two\r\nResponse: Error\r\n\r\n"
    )
    reply = await wired.connection.ask(AmiAction("Ping"), deadline=SECONDS)
    assert (reply.answer, reply.message) == (Answer.SUCCESS, "one")


async def test_every_request_ends_with_the_connection(wired: Wired) -> None:
    wired.fake.silent = {"Originate", "Status"}
    asking = [
        asyncio.create_task(wired.connection.ask(ORIGINATE, deadline=60)),
        asyncio.create_task(wired.connection.ask(AmiAction("Status"), deadline=60, listed=True)),
    ]
    await wired.fake.action("Status")
    wired.fake.session.drop()
    replies = await asyncio.gather(*asking)
    assert {reply.answer for reply in replies} == {Answer.LOST}
    assert len(wired.ended) == 1
    after = await wired.connection.ask(ORIGINATE, deadline=60)
    assert after.answer is Answer.LOST


async def test_a_reply_that_raises_closes_nothing(wired: Wired) -> None:
    def broken(reply: Reply) -> None:
        raise RuntimeError("consumer")

    wired.connection.request(AmiAction("Ping"), deadline=SECONDS, on_reply=broken)
    reply = await wired.connection.ask(AmiAction("Ping"), deadline=SECONDS)
    assert reply.answer is Answer.SUCCESS
    assert wired.connection.failures == 1
    assert wired.ended == []


async def test_frames_that_raise_close_nothing(wired: Wired) -> None:
    take = wired.take
    wired.connection._on_frames = lambda frames: take(frames) if not frames else 1 / 0  # type: ignore[assignment]
    wired.fake.session.send(event("Hangup"))
    reply = await wired.connection.ask(AmiAction("Ping"), deadline=SECONDS)
    assert reply.answer is Answer.SUCCESS
    assert wired.connection.failures == 1
    assert wired.failed == 1  # whoever owns the link lists the server anew


async def test_a_line_break_reaches_no_socket(wired: Wired) -> None:
    with pytest.raises(UnrenderableError):
        wired.connection.request(
            AmiAction("Setvar", (("Value", "x\r\n\r\nAction: Hangup"),)),
            deadline=SECONDS,
            on_reply=lambda reply: None,
        )
    await wired.connection.ask(AmiAction("Ping"), deadline=SECONDS)
    assert [action["Action"] for action in wired.fake.actions] == ["Ping"]


async def test_what_is_requested_together_is_written_at_once(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    transport = wired.connection._transport
    assert transport is not None
    write = transport.write

    def watched(wire: bytes) -> None:
        written.append(wire)
        write(wire)

    monkeypatch.setattr(transport, "write", watched)
    replies: list[Reply] = []

    def ask(name: str, value: str = "x") -> None:
        wired.connection.request(
            AmiAction(name, (("Value", value),)), deadline=SECONDS, on_reply=replies.append
        )

    with wired.connection.together():
        ask("Setvar")
        ask("Redirect")
        assert written == []
    assert len(written) == 1

    def ask_in_vain() -> None:
        with wired.connection.together():
            ask("Setvar")
            ask("Redirect", "x\r\ny")

    # What comes before an action that can't be rendered is written all the same, and so is what follows.
    with pytest.raises(UnrenderableError):
        ask_in_vain()
    await wired.connection.ask(AmiAction("Ping"), deadline=SECONDS)
    assert [action["Action"] for action in wired.fake.actions] == ["Setvar", "Redirect", "Setvar", "Ping"]
    assert [reply.answer for reply in replies] == [Answer.SUCCESS] * 3


async def test_nobody_there_is_an_os_error() -> None:
    async with FakeAmi() as fake:
        wired = Wired(fake)
        await fake.vanish()
        with pytest.raises(OSError):
            await wired.connection.open(SECONDS)
        await wired.connection.close("test")


async def test_an_end_while_connecting_lets_nothing_through(wired: Wired) -> None:
    other = Wired(wired.fake)
    opening = asyncio.create_task(other.connection.open(SECONDS))
    await asyncio.sleep(0)
    other.connection.abort("lease lost")
    with pytest.raises(ConnectionAbortedError, match="lease lost"):
        await opening
    assert other.ended == ["lease lost"]
    assert (await other.connection.ask(ORIGINATE, deadline=SECONDS)).answer is Answer.LOST
