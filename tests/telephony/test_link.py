"""The link against a scripted server: connecting, listing, commands, watching, stopping."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from callcenter.telephony.ami import LinkState
from callcenter.telephony.ami.options import pause
from callcenter.telephony.commands import Audit, HangUp, Hold, Ring
from callcenter.telephony.events import (
    CallArrived,
    CommandFailed,
    LegEnded,
    LinkLost,
    ServerSynced,
    StationChanged,
)
from routing.ids import CallId, LegId, OfferId, StationId
from tests.support.logs import plain_logs
from tests.telephony.conftest import SERVER, Rig
from tests.telephony.fake_ami import Action, event, response

CALL = CallId("main:1.1")
RING = Ring(SERVER, CALL, OfferId("main:1.1/1"), StationId("a1001"), 15)


def arrival(number: int = 1, name: str = "Peter") -> bytes:
    uniqueid = f"{number}.1"
    return event(
        "Newchannel",
        Channel=f"PJSIP/trunk-{number:08x}",
        CallerIDNum="+79161234567",
        CallerIDName=name,
        Context="cc-in",
        Exten="100",
        Uniqueid=uniqueid,
        Linkedid=uniqueid,
    )


def hangup(number: int = 1) -> bytes:
    return event("Hangup", Uniqueid=f"{number}.1", Linkedid=f"{number}.1", Cause="16")


WAITING = event(
    "Status",
    Channel="PJSIP/trunk-00000001",
    CallerIDNum="+79161234567",
    CallerIDName="Peter",
    Context="cc-hold",
    Application="WaitForCondition",
    Uniqueid="1.1",
    Linkedid="1.1",
    BridgeID="",
    Seconds="7",
    Variable=["CC_CALL=1.1", "CC_STATE=WAIT", "CC_DNIS=100", "CC_TRY=(null)"],
)


async def test_login_list_serve_heartbeat(rig: Rig) -> None:
    rig.fake.channels = [WAITING]
    rig.fake.devices = [event("DeviceStateChange", Device="PJSIP/a1001", State="NOT_INUSE")]
    link = await rig.serving()
    synced = rig.posted.events[0]
    assert isinstance(synced, ServerSynced)
    assert [found.call for found in synced.calls] == [CALL]
    assert [station for station, _ in synced.stations] == ["a1001"]
    assert synced.blind_from is None
    assert link.state is LinkState.SERVING
    beat = await rig.fake.action("Setvar")
    # The server's clock counts, not ours.
    assert (beat["Variable"], beat["Value"]) == ("CC_HB", "1795443548")
    order = [action["Action"] for action in rig.fake.actions]
    assert order[:5] == ["Login", "Getvar", "Status", "DeviceStateList", "Setvar"]
    assert rig.metric("link_state") == LinkState.SERVING
    assert rig.metric("action_seconds_count", action="Listing") == 1


async def test_events_come_in_order_and_none_is_lost(rig: Rig) -> None:
    await rig.serving()
    stream = b"".join(arrival(number) + event("VarSet", Value="x") for number in range(1, 1001))
    for at in range(0, len(stream), 777):
        rig.fake.session.send(stream[at : at + 777])
    last = await rig.posted.seen(CallArrived, 1000)
    assert isinstance(last, CallArrived)
    assert [posted.call for posted in rig.posted.of(CallArrived)] == [f"main:{n}.1" for n in range(1, 1001)]  # type: ignore[union-attr]
    await rig.links[0].stop()
    assert rig.metric("events_total", **{"class": "dropped"}) == 1000
    assert rig.metric("lost_frames_total") == 0


async def test_a_letter_split_across_reads_arrives_whole(rig: Rig) -> None:
    await rig.serving()
    data = arrival(name="Пётр")
    middle = data.index("ё".encode()) + 1
    rig.fake.session.send(data[:middle])
    # A ping's answer between them would prove two reads; a turn of the loop does as well on loopback.
    await rig.fake.session.writer.drain()
    await asyncio.sleep(0.02)
    rig.fake.session.send(data[middle:])
    arrived = await rig.posted.seen(CallArrived)
    assert isinstance(arrived, CallArrived)
    assert arrived.name == "Пётр"


async def test_broken_bytes_unknown_and_malformed_events_are_counted(rig: Rig) -> None:
    link = await rig.serving()
    with capture_logs() as logs:
        rig.fake.session.send(event("Mystery") + event("Hangup", Secretname="Peter Private"))
        rig.fake.session.send(arrival().replace(b"Peter", b"P\xffter"))
        arrived = await rig.posted.seen(CallArrived)
    assert isinstance(arrived, CallArrived)
    assert arrived.name == "P�ter"
    await link.stop()
    assert rig.metric("events_total", **{"class": "unknown"}) == 1
    assert rig.metric("events_total", **{"class": "malformed"}) == 1
    assert rig.metric("stream_faults_total", fault="broken_text") == 1
    assert [entry["event"] for entry in logs] == ["ami.malformed"]
    assert "Private" not in repr(logs)


async def test_events_during_the_listing_follow_it(rig: Rig) -> None:
    link = rig.link()
    rig.fake.silent = {"Status"}
    await link.start()
    status = await rig.fake.action("Status")
    rig.fake.session.send(arrival(2))
    await rig.fake.wait_for(lambda: rig.fake.count("DeviceStateList") == 1)
    assert rig.posted.events == []
    rig.fake.session.send(rig.fake.answer_now(status))
    await rig.posted.seen(CallArrived)
    assert [type(one) for one in rig.posted.events] == [ServerSynced, CallArrived]


async def test_ring_is_two_actions_in_one_go_and_success_says_nothing(rig: Rig) -> None:
    link = await rig.serving()
    await rig.fake.action("Setvar")
    link.send(RING)
    redirect = await rig.fake.action("Redirect")
    ring = await rig.fake.action("Setvar", 2)
    assert (ring["Channel"], ring["Variable"], ring["Value"]) == ("1.1", "CC_RING", "15")
    assert (redirect["Channel"], redirect["Context"], redirect["Exten"]) == ("1.1", "cc-dial", "a1001")
    link.send(HangUp(SERVER, CALL, LegId("main:1.2")))
    link.send(Hold(SERVER, CALL))
    assert (await rig.fake.action("Hangup"))["Channel"] == "1.2"
    assert (await rig.fake.action("Redirect", 2))["Context"] == "cc-hold"
    rig.fake.session.send(arrival())
    await rig.posted.seen(CallArrived)
    assert rig.posted.of(CommandFailed) == []


async def test_a_refusal_comes_back_in_its_place_among_the_events(rig: Rig) -> None:
    link = await rig.serving()

    def refuse(action: Action) -> bytes:
        return arrival(2) + response(action, "Error", Message="Channel does not exist: 1.1") + arrival(3)

    rig.fake.answers["Redirect"] = refuse
    link.send(RING)
    failed = await rig.posted.seen(CommandFailed)
    assert failed == CommandFailed(
        SERVER, CALL, RING.offer, "Ring", "Channel does not exist: 1.1", timed_out=False
    )
    await rig.posted.seen(CallArrived, 2)
    assert rig.metric("commands_failed_total", command="Ring", how="refused") == 1


async def test_a_refused_ring_timeout_alone_is_no_failure(rig: Rig) -> None:
    link = await rig.serving()
    rig.fake.answers["Setvar"] = lambda action: response(action, "Error", Message="No such channel")
    link.send(RING)
    link.send(Audit(SERVER))
    await rig.posted.seen(ServerSynced, 2)
    assert rig.posted.of(CommandFailed) == []


async def test_what_can_not_be_rendered_fails_and_nothing_is_written(rig: Rig) -> None:
    link = await rig.serving()
    link.send(replace(RING, station=StationId("a1001\r\nAction: Hangup")))
    failed = await rig.posted.seen(CommandFailed)
    assert isinstance(failed, CommandFailed)
    assert not failed.timed_out
    assert rig.fake.count("Redirect") == rig.fake.count("Hangup") == 0


async def test_an_action_without_an_answer_fails_at_its_deadline(rig: Rig) -> None:
    link = await rig.serving(action_timeout=0.05)
    rig.fake.silent = {"Redirect"}
    link.send(RING)
    failed = await rig.posted.seen(CommandFailed)
    assert isinstance(failed, CommandFailed)
    assert (failed.timed_out, failed.offer) == (True, RING.offer)
    # The answer that comes after all is nobody's.
    redirect = await rig.fake.action("Redirect")
    rig.fake.session.send(response(redirect, "Error", Message="late") + arrival())
    await rig.posted.seen(CallArrived)
    assert len(rig.posted.of(CommandFailed)) == 1
    await link.stop()
    assert rig.metric("events_total", **{"class": "late"}) == 1


async def test_an_unanswered_action_is_not_sent_again_after_a_reconnect(rig: Rig) -> None:
    link = await rig.serving()
    rig.fake.silent = {"Redirect"}
    link.send(RING)
    await rig.fake.action("Redirect")
    rig.fake.session.drop()
    await rig.posted.seen(ServerSynced, 2)
    kinds = [type(one) for one in rig.posted.events]
    assert kinds == [ServerSynced, CommandFailed, LinkLost, ServerSynced]
    failed = rig.posted.events[1]
    assert isinstance(failed, CommandFailed)
    assert failed.timed_out
    rig.fake.silent = set()
    link.send(Audit(SERVER))
    await rig.posted.seen(ServerSynced, 3)
    assert rig.fake.count("Redirect") == 1
    assert rig.metric("reconnects_total") == 1


async def test_a_drop_in_the_middle_of_a_frame(rig: Rig) -> None:
    await rig.serving()
    rig.fake.session.send(arrival(1) + arrival(2)[:40])
    await rig.posted.seen(CallArrived)
    rig.fake.session.drop()
    synced = await rig.posted.seen(ServerSynced, 2)
    assert isinstance(synced, ServerSynced)
    assert synced.blind_from is not None
    rig.fake.session.send(arrival(3))
    arrived = await rig.posted.seen(CallArrived, 2)
    assert isinstance(arrived, CallArrived)
    assert arrived.call == "main:3.1"


async def test_commands_fail_at_once_while_the_link_is_down(rig: Rig) -> None:
    link = rig.link()
    down = CommandFailed(SERVER, CALL, RING.offer, "Ring", "link down", timed_out=False)
    link.send(RING)
    assert rig.posted.events == [down]
    rig.fake.silent = {"Status"}
    await link.start()
    await rig.fake.action("Status")
    link.send(RING)
    await rig.posted.seen(CommandFailed, 2)
    assert rig.posted.events == [down, down]
    assert rig.fake.count("Redirect") == 0


async def test_a_half_open_link_is_found_and_the_blind_time_starts_at_the_last_word(rig: Rig) -> None:
    await rig.serving(ping_interval=0.02, ping_timeout=0.05)
    await rig.fake.action("Ping")
    rig.fake.silent = {"Ping"}
    lost = await rig.posted.seen(LinkLost)
    assert lost == LinkLost(SERVER, "no answer to a ping")
    rig.fake.silent = set()
    synced = await rig.posted.seen(ServerSynced, 2)
    assert isinstance(synced, ServerSynced)
    assert synced.blind_from is not None


async def test_a_server_that_is_away_is_tried_again_with_growing_pauses(rig: Rig) -> None:
    await rig.fake.vanish()
    link = rig.link()
    with capture_logs() as logs:
        await link.start()
        await rig.fake.wait_for(lambda: True)
        async with asyncio.timeout(5):
            while link.state is not LinkState.BACKING_OFF:
                await asyncio.sleep(0)
        await rig.fake.listen()
        await rig.posted.seen(ServerSynced)
    assert [entry["event"] for entry in logs] == ["ami.link_down", "ami.link_restored"]


def test_pauses_double_up_to_the_limit_and_are_shortened_at_random() -> None:
    assert [pause(0.2, 5.0, times, 0.0) for times in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert pause(0.2, 5.0, 0, 1.0) == pytest.approx(0.1)
    assert pause(0.2, 5.0, 10_000, 0.0) == 5.0


async def test_a_bad_password_is_said_once_and_tried_slowly(rig: Rig) -> None:
    rig.fake.secret = "another"
    link = rig.link()
    with capture_logs() as logs:
        await link.start()
        await rig.fake.action("Login", 3)
        assert link.state in (LinkState.DENIED, LinkState.CONNECTING)
        rig.fake.secret = "opensesame"
        await rig.posted.seen(ServerSynced)
    assert [entry["event"] for entry in logs] == ["ami.denied", "ami.link_restored"]
    assert logs[0]["problem"] == "login refused: Authentication failed"
    assert rig.metric("logins_denied_total") >= 3
    assert rig.posted.of(LinkLost) == []


async def test_the_slow_pause_is_that_of_refusals(rig: Rig) -> None:
    rig.fake.secret = "another"
    link = rig.link(denied_retry=3600.0)
    await link.start()
    await rig.fake.action("Login")
    async with asyncio.timeout(5):
        while link.state is not LinkState.DENIED:
            await asyncio.sleep(0.01)
    assert rig.fake.count("Login") == 1


async def test_the_secret_is_in_no_log_and_no_repr(rig: Rig, capfd: pytest.CaptureFixture[str]) -> None:
    plain_logs()
    for secret in ("hunter2-x", "hunter2\r\nAction: Hangup"):
        link = rig.link(secret=secret)
        await link.start()
        async with asyncio.timeout(5):
            while link.state is not LinkState.DENIED:
                await asyncio.sleep(0.01)
        assert "hunter2" not in repr(link.options) + repr(link) + repr(vars(link))
        await link.stop()
    assert rig.fake.count("Hangup") == 0
    output = capfd.readouterr()
    assert "ami.denied" in output.out + output.err
    assert "hunter2" not in output.out + output.err


@pytest.mark.parametrize("name", ["Status", "DeviceStateList"])
async def test_a_right_that_is_missing_is_a_refusal_too(rig: Rig, name: str) -> None:
    rig.fake.answers[name] = lambda action: response(action, "Error", Message="Permission denied")
    link = rig.link(denied_retry=3600.0)
    with capture_logs() as logs:
        await link.start()
        async with asyncio.timeout(5):
            while link.state is not LinkState.DENIED:
                await asyncio.sleep(0.01)
    assert [entry["problem"] for entry in logs] == [f"{name} refused: Permission denied"]
    assert rig.posted.events == []


async def test_an_asterisk_that_is_still_loading_is_asked_again_soon(rig: Rig) -> None:
    unknown = "Invalid/unknown command: DeviceStateList. Use Action: ListCommands to show available commands."
    rig.fake.answers["DeviceStateList"] = lambda action: response(action, "Error", Message=unknown)
    link = rig.link(denied_retry=3600.0)
    with capture_logs() as logs:
        await link.start()
        await rig.fake.action("DeviceStateList", 2)
        del rig.fake.answers["DeviceStateList"]
        await rig.posted.seen(ServerSynced)
    assert [entry["event"] for entry in logs] == ["ami.link_down", "ami.link_restored"]
    assert logs[0]["problem"] == "DeviceStateList is not loaded in Asterisk, or not yet"


async def test_a_list_that_is_short_or_late_is_no_picture(rig: Rig) -> None:
    full = rig.fake.answer_now

    def short(action: Action) -> bytes:
        return full(action).replace(b"ListItems: 0", b"ListItems: 5")

    rig.fake.answers["Status"] = short
    link = rig.link(list_timeout=0.05)
    await link.start()
    await rig.fake.action("Status", 2)
    del rig.fake.answers["Status"]
    rig.fake.silent = {"DeviceStateList"}
    seen = rig.fake.count("DeviceStateList")
    await rig.fake.action("DeviceStateList", seen + 2)
    assert rig.posted.events == []
    rig.fake.silent = set()
    await rig.posted.seen(ServerSynced)


async def test_an_audit_lists_again_in_its_place(rig: Rig) -> None:
    link = await rig.serving()
    rig.fake.silent = {"Status"}
    rig.fake.session.send(arrival(1))
    await rig.posted.seen(CallArrived)
    link.send(Audit(SERVER))
    status = await rig.fake.action("Status", 2)
    # Commands go on meanwhile.
    rig.fake.answers["Redirect"] = lambda action: response(action, "Error", Message="gone")
    rig.fake.session.send(arrival(2))
    link.send(RING)
    await rig.fake.action("Redirect")
    rig.fake.session.send(rig.fake.answer_now(status))
    await rig.posted.seen(CommandFailed)
    kinds = [type(one) for one in rig.posted.events[1:]]
    assert kinds == [CallArrived, ServerSynced, CallArrived, CommandFailed]
    synced = rig.posted.events[2]
    assert isinstance(synced, ServerSynced)
    assert synced.blind_from is None
    assert link.state is LinkState.SERVING


async def test_an_audit_without_an_answer_fails_and_holds_nothing_back(rig: Rig) -> None:
    link = await rig.serving(list_timeout=0.05)
    rig.fake.silent = {"Status"}
    link.send(Audit(SERVER))
    await rig.fake.action("Status", 2)
    rig.fake.session.send(arrival())
    failed = await rig.posted.seen(CommandFailed)
    assert isinstance(failed, CommandFailed)
    assert (failed.call, failed.command, failed.timed_out) == (None, "Audit", True)
    assert [type(one) for one in rig.posted.events[1:]] == [CallArrived, CommandFailed]
    assert link.state is LinkState.SERVING


async def test_a_consumer_that_raises_costs_itself_one_event_and_no_connection(rig: Rig) -> None:
    link = await rig.serving()

    def refuse(posted: object) -> None:
        if isinstance(posted, CallArrived) and posted.call == "main:2.1":
            raise RuntimeError("consumer")

    rig.posted.refuse = refuse
    rig.fake.session.send(arrival(1) + arrival(2) + arrival(3))
    await rig.posted.seen(CallArrived, 2)
    await link.stop()
    assert rig.fake.connections == 1
    assert [one.call for one in rig.posted.of(CallArrived)] == ["main:1.1", "main:3.1"]  # type: ignore[union-attr]
    assert rig.metric("post_errors_total") == 1


async def test_a_full_consumer_is_tried_again_and_loses_nothing(rig: Rig) -> None:
    await rig.serving()
    refusals = iter(range(3))

    def refuse(posted: object) -> None:
        if next(refusals, None) is not None:
            raise asyncio.QueueFull

    rig.posted.refuse = refuse
    rig.fake.session.send(b"".join(arrival(number) for number in range(1, 51)))
    await rig.posted.seen(CallArrived, 50)
    assert [one.call for one in rig.posted.of(CallArrived)] == [f"main:{n}.1" for n in range(1, 51)]  # type: ignore[union-attr]
    assert rig.posted.of(LinkLost) == []


async def test_on_overflow_all_is_dropped_counted_and_listed_again(rig: Rig) -> None:
    link = await rig.serving(inbox_limit=10)
    full = True

    def refuse(posted: object) -> None:
        if full:
            raise asyncio.QueueFull

    rig.posted.refuse = refuse
    for number in range(1, 31):
        rig.fake.session.send(arrival(number))
    async with asyncio.timeout(5):
        while rig.metric("inbox_overflows_total") == 0:
            await asyncio.sleep(0.01)
    # The consumer takes nothing: no heartbeat, no command, no listing that it would not take either.
    lists = rig.fake.count("Status")
    link.send(RING)
    assert rig.fake.count("Redirect") == 0
    full = False
    rig.fake.channels = [WAITING]
    synced = await rig.posted.seen(ServerSynced, 2)
    assert isinstance(synced, ServerSynced)
    assert synced.blind_from is not None
    assert [found.call for found in synced.calls] == [CALL]
    assert rig.fake.count("Status") == lists + 1
    assert rig.fake.connections == 1
    rig.fake.session.send(hangup())
    await rig.posted.seen(LegEnded)
    kinds = [type(one) for one in rig.posted.events]
    # At most the one event that the consumer was being offered survives the drop.
    assert kinds[-4:] == [LinkLost, CommandFailed, ServerSynced, LegEnded]
    assert len(rig.posted.of(CallArrived)) <= 1
    await link.stop()
    assert rig.metric("lost_frames_total") + len(rig.posted.of(CallArrived)) == 30


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff nonsense\r\n\r\n",
        b"Event: Hangup\r\nData: " + b"d" * 5000 + b"\r\n\r\n",
        b"x" * 100_000 + b"\r\n\r\n",
    ],
    ids=["garbage", "huge-header", "endless-line"],
)
async def test_unreadable_bytes_force_a_resync_on_the_same_connection(rig: Rig, garbage: bytes) -> None:
    link = await rig.serving(max_frame=4096)
    rig.fake.session.send(arrival(1))
    await rig.posted.seen(CallArrived)
    rig.fake.session.send(garbage)
    synced = await rig.posted.seen(ServerSynced, 2)
    assert isinstance(synced, ServerSynced)
    assert synced.blind_from is not None
    rig.fake.session.send(arrival(2))
    await rig.posted.seen(CallArrived, 2)
    kinds = [type(one) for one in rig.posted.events]
    assert kinds == [ServerSynced, CallArrived, LinkLost, ServerSynced, CallArrived]
    assert rig.fake.connections == 1
    assert link.state is LinkState.SERVING


async def test_garbage_without_an_end_never_ends_the_link(rig: Rig) -> None:
    await rig.serving(max_frame=4096)
    for _ in range(50):
        rig.fake.session.send(b"x" * 10_000)
    await rig.posted.seen(LinkLost)
    rig.fake.session.send(b"\r\n\r\n")
    await rig.posted.seen(ServerSynced, 2)


async def test_a_peer_that_is_no_ami_is_given_up_and_tried_again(rig: Rig) -> None:
    rig.fake.banner = b"SSH-2.0-OpenSSH_9.9\r\n"
    rig.fake.silent = {"Login"}
    link = rig.link(connect_timeout=0.05)
    with capture_logs() as logs:
        await link.start()
        await rig.fake.wait_for(lambda: rig.fake.connections >= 2)
    assert [entry["problem"] for entry in logs] == ["login: no answer in time"]


async def test_the_heartbeat_beats_only_while_serving(rig: Rig) -> None:
    link = await rig.serving(heartbeat_interval=0.02)
    await rig.fake.action("Setvar", 3)
    link.pause_heartbeat()
    link.send(Audit(SERVER))
    await rig.posted.seen(ServerSynced, 2)
    paused = rig.fake.count("Setvar")
    await asyncio.sleep(0.1)
    assert rig.fake.count("Setvar") == paused
    link.resume_heartbeat()
    await rig.fake.action("Setvar", paused + 1)


async def test_no_heartbeat_before_the_listing_ends(rig: Rig) -> None:
    rig.fake.silent = {"Status"}
    link = rig.link(heartbeat_interval=0.01)
    await link.start()
    await rig.fake.action("Status")
    await asyncio.sleep(0.1)
    assert rig.fake.count("Setvar") == 0


async def test_a_server_that_stops_reading_is_cut_off(rig: Rig) -> None:
    link = await rig.serving(max_unsent=1000)
    rig.fake.session.writer.transport.pause_reading()  # type: ignore[attr-defined]
    # A long id, so that the kernel's buffers are soon full.
    hang_up = HangUp(SERVER, CALL, LegId("main:" + "1" * 128))
    async with asyncio.timeout(60):
        while not rig.posted.of(LinkLost):
            for _ in range(1000):
                link.send(hang_up)
            await asyncio.sleep(0)
    assert rig.posted.of(LinkLost)[0] == LinkLost(SERVER, "the server takes nothing any more")


async def test_cut_writes_nothing_more_not_even_what_was_buffered(rig: Rig) -> None:
    link = await rig.serving()
    await rig.fake.action("Setvar")
    link.cut("lease lost")
    link.send(RING)
    await rig.fake.session.closed.wait()
    await rig.posted.seen(LinkLost)
    assert rig.posted.of(LinkLost) == [LinkLost(SERVER, "lease lost")]
    assert rig.fake.count("Redirect") == 0
    await link.stop()
    assert rig.fake.connections == 1
    link.send(RING)
    assert rig.posted.events[-1] == CommandFailed(
        SERVER, CALL, RING.offer, "Ring", "link down", timed_out=False
    )


@pytest.mark.parametrize("moment", ["at once", "connecting", "login", "listing", "serving", "denied", "away"])
async def test_stop_stops_whatever_is_under_way(rig: Rig, moment: str) -> None:
    link = rig.link(denied_retry=0.2, backoff_first=0.2, backoff_max=0.2)
    match moment:
        case "login":
            rig.fake.silent = {"Login"}
        case "listing":
            rig.fake.silent = {"Status"}
        case "denied":
            rig.fake.secret = "another"
        case "away":
            await rig.fake.vanish()
    await link.start()
    match moment:
        case "connecting":
            await rig.fake.wait_for(lambda: rig.fake.connections == 1)
        case "login" | "denied":
            await rig.fake.action("Login")
        case "listing":
            await rig.fake.action("Status")
        case "serving":
            await rig.posted.seen(ServerSynced)
        case "away":
            async with asyncio.timeout(5):
                while link.state is not LinkState.BACKING_OFF:
                    await asyncio.sleep(0.01)
    await link.stop()
    assert link.state is LinkState.STOPPED
    posted, connections = len(rig.posted.events), rig.fake.connections
    # Longer than any pause between two tries: stock panoramisk would be back by now.
    await asyncio.sleep(0.3)
    assert rig.fake.connections - connections <= (moment == "at once")
    assert len(rig.posted.events) == posted
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("ami-")]


async def test_a_link_survives_our_own_mistake(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    from callcenter.telephony.ami import listing

    link = rig.link()
    real = listing.read_listing
    calls = iter([True])

    def broken(*arguments: object) -> object:
        if next(calls, False):
            raise RuntimeError("a bug")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(listing, "read_listing", broken)
    with capture_logs() as logs:
        await link.start()
        await rig.posted.seen(ServerSynced)
    assert "ami.session_failed" in [entry["event"] for entry in logs]


async def test_device_states_of_a_list_are_not_events(rig: Rig) -> None:
    rig.fake.devices = [event("DeviceStateChange", Device="PJSIP/a1001", State="NOT_INUSE")]
    await rig.serving()
    rig.fake.session.send(event("DeviceStateChange", Device="PJSIP/a1001", State="INUSE"))
    await rig.posted.seen(StationChanged)
    assert len(rig.posted.of(StationChanged)) == 1
