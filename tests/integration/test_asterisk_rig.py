"""The rendered configuration on a real Asterisk 22, with no server of ours: what Asterisk does alone."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import websockets

from callcenter.asterisk_config import AmiTls
from tests.support.asterisk import AsteriskServer
from tests.support.asterisk_ami import RawAmi
from tests.support.ports import free_tcp_port
from tests.support.sipp import (
    ANSWERS,
    REJECTS,
    SILENT,
    Plan,
    ScriptedCaller,
    ScriptedPhone,
    SippCaller,
    SippCallSpec,
    SippPhone,
    cross,
)
from tests.support.tally import tried

pytestmark = pytest.mark.asterisk

ALLOWED_IN_LOG: tuple[str, ...] = ()
"""Regular expressions of warnings and errors that a start may log, each with its reason. None is needed."""

CROSSINGS = 12


@pytest.fixture
async def ami(asterisk: AsteriskServer) -> AsyncIterator[RawAmi]:
    """A connection whose server is alive: the heartbeat is fresh. Fails a test that strands a channel."""
    async with RawAmi(asterisk) as connection:
        await connection.heartbeat()
        yield connection
        await no_channels(asterisk)


async def no_channels(asterisk: AsteriskServer, *, seconds: float = 10.0) -> None:
    """Returns once no call is left in Asterisk."""
    until = time.monotonic() + seconds
    while channels := await asyncio.to_thread(asterisk.channels):
        if time.monotonic() > until:
            await asterisk.acli("channel request hangup all")  # so that the next test starts clean
            pytest.fail(f"stranded: {channels}")
        await asyncio.sleep(0.05)


async def waiting(ami: RawAmi, number: str) -> tuple[str, str]:
    """The call id and channel of the caller who dialled ``number`` and now waits."""
    held = await ami.user_event("CCHold", Dnis=number)
    return held["Call"], held["Channel"]


def test_configuration_loads_without_complaint(asterisk_tree: Path) -> None:
    server = AsteriskServer(asterisk_tree, system_name="clean")
    try:
        server.start()
        # Every module named in modules.conf runs.
        stuck = [line for line in server.cli("module show").splitlines() if "Not Running" in line]
        server.stop()
        complaints = [
            line
            for line in server.log().splitlines()
            if re.search(r"\b(WARNING|ERROR)\[", line)
            and not any(re.search(allowed, line) for allowed in ALLOWED_IN_LOG)
        ]
    finally:
        server.stop(force=True)
        server.remove()
    assert stuck == []
    assert complaints == []


async def test_manager_has_least_privilege(asterisk: AsteriskServer, ami: RawAmi) -> None:
    shown = await asterisk.acli(f"manager show user {asterisk.ami_user}")
    assert set(re.search(r"read perm: (\S+)", shown)[1].split(",")) == {"call", "user", "agent"}  # type: ignore[index]
    assert set(re.search(r"write perm: (\S+)", shown)[1].split(",")) == {"call", "originate", "reporting"}  # type: ignore[index]
    for refused in ("Command", "GetConfig", "ModuleLoad"):
        with pytest.raises(RuntimeError, match=r"[Pp]ermission|denied"):
            await ami.action(refused, Command="core show version", Filename="manager.conf")
    # The class "call" could read the manager's own secret so, were func_config loaded.
    leaked = await ami.action("Getvar", Variable="AST_CONFIG(manager.conf,callcenter,secret)")
    assert not leaked.get("Value")


async def test_sipp_caller_is_held_with_number_name_and_time(
    asterisk: AsteriskServer, ami: RawAmi, sipp: str
) -> None:
    spec = SippCallSpec("88005551001", "+79161112233", "Пётр Ильич")
    async with await SippCaller(asterisk).call(spec, hold_seconds=20) as run:
        arrived = await ami.event("Newchannel", {"Exten": "88005551001"})
        assert (arrived["Context"], arrived["CallerIDNum"]) == ("cc-in", "+79161112233")
        assert arrived["CallerIDName"] == "Пётр Ильич"
        assert arrived["Uniqueid"].startswith("rig-")
        held = await ami.user_event("CCHold", Dnis="88005551001")
        assert (held["Call"], held["Linkedid"]) == (arrived["Uniqueid"], arrived["Uniqueid"])
        run.hang_up()
        result = await run.wait()
    assert (result.successful, result.failed) == (1, 0), result.errors


async def test_number_with_a_plus_is_taken_and_odd_characters_do_not_reach_events(
    asterisk: AsteriskServer, ami: RawAmi
) -> None:
    async with ScriptedCaller(asterisk) as caller:
        await caller.call("+78005551002")
        await waiting(ami, "+78005551002")
        # Unfiltered, the comma would begin a header of the caller's choosing.
        await caller.call("88005551003%2CCall%3A%20forged")
        held = await ami.event("UserEvent", lambda event: event.get("Dnis", "").startswith("88005551003"))
        assert held["Call"] == held["Uniqueid"]


async def test_redirect_rings_the_station_and_they_talk(asterisk: AsteriskServer, ami: RawAmi) -> None:
    async with (
        ScriptedPhone(asterisk, "a1001", plan=Plan(answer_after=0.1)) as phone,
        ScriptedCaller(asterisk) as caller,
    ):
        outgoing = await caller.call("88005551010")
        call_id, channel = await waiting(ami, "88005551010")
        await ami.redirect(channel, "a1001")
        incoming = await phone.next_call()
        assert incoming.call_header == call_id
        leg = await ami.event(
            "Newchannel",
            lambda event: event["Channel"].startswith("PJSIP/a1001-") and event["Linkedid"] == call_id,
        )
        await ami.event("DialBegin", {"DestUniqueid": leg["Uniqueid"]})
        await ami.event("DialState", {"DestUniqueid": leg["Uniqueid"], "DialStatus": "RINGING"})
        ended = await ami.event("DialEnd", {"DestUniqueid": leg["Uniqueid"]})
        assert ended["DialStatus"] == "ANSWER"
        first = await ami.event("BridgeEnter", {"Uniqueid": leg["Uniqueid"]})
        await ami.event("BridgeEnter", {"Uniqueid": call_id, "BridgeUniqueid": first["BridgeUniqueid"]})
        await ami.event("DeviceStateChange", {"Device": "PJSIP/a1001", "State": "INUSE"})
        # Each hears the other's own frames: not music, and not silence.
        await incoming.rtp.wait_heard(outgoing.rtp.fill, 10)
        await outgoing.rtp.wait_heard(incoming.rtp.fill, 10)
        outgoing.hang_up()
        assert await incoming.wait_ended() == "bye"
        await ami.event("Hangup", {"Uniqueid": leg["Uniqueid"]})


async def test_sipp_on_both_ends_talks(asterisk: AsteriskServer, ami: RawAmi, sipp: str) -> None:
    async with await SippPhone.start(asterisk, "a1002", answer_seconds=0.1):
        async with await SippCaller(asterisk).call(SippCallSpec("88005551011"), hold_seconds=2) as run:
            call_id, channel = await waiting(ami, "88005551011")
            await ami.redirect(channel, "a1002")
            await ami.event("BridgeEnter", {"Uniqueid": call_id})
            result = await run.wait()
        assert (result.successful, result.failed) == (1, 0), result.errors
        leg = await ami.event(
            "Hangup",
            lambda event: event["Channel"].startswith("PJSIP/a1002-") and event["Linkedid"] == call_id,
        )
        assert leg["Cause"] == "16"


async def test_sipp_caller_and_agent_hear_each_other(
    asterisk: AsteriskServer, ami: RawAmi, sipp: str
) -> None:
    async with ScriptedPhone(asterisk, "a1003", plan=ANSWERS) as phone:
        async with await SippCaller(asterisk).call(SippCallSpec("88005551012"), hold_seconds=20) as run:
            _, channel = await waiting(ami, "88005551012")
            await ami.redirect(channel, "a1003")
            talking = await phone.next_call()
            # SIPp echoes: our own frames come back only if both directions pass.
            await talking.rtp.wait_heard(talking.rtp.fill, 10)
            talking.hang_up()
            result = await run.wait()
        assert (result.successful, result.failed) == (1, 0), result.errors


async def test_many_sipp_callers_are_held_each_once(asterisk: AsteriskServer, ami: RawAmi, sipp: str) -> None:
    specs = [SippCallSpec(f"880055512{at:02}", f"+791600000{at:02}") for at in range(20)]
    async with await SippCaller(asterisk).call(specs, rate=20, hold_seconds=20) as run:
        for spec in specs:
            await waiting(ami, spec.number)
        run.hang_up()
        result = await run.wait()
    assert (result.created, result.successful, result.failed) == (20, 20, 0), result.errors
    held = [event["Dnis"] for event in ami.events if event.get("UserEvent") == "CCHold"]
    assert sorted(held) == [spec.number for spec in specs]


@pytest.mark.parametrize(
    ("station", "plan", "status", "number"),
    [("a1004", REJECTS, "BUSY", "88005551020"), ("a1005", SILENT, "NOANSWER", "88005551021")],
)
async def test_unanswered_station_puts_the_caller_back_on_hold(
    asterisk: AsteriskServer, ami: RawAmi, station: str, plan: Plan, status: str, number: str
) -> None:
    await ami.action("Setvar", Variable="CC_RING", Value=1)
    try:
        async with ScriptedPhone(asterisk, station, plan=plan) as phone, ScriptedCaller(asterisk) as caller:
            outgoing = await caller.call(number)
            call_id, channel = await waiting(ami, number)
            since = len(ami.events)
            await ami.redirect(channel, station)
            ringing = await phone.next_call()
            ended = await ami.user_event("CCDialEnd", since=since, Call=call_id)
            assert (ended["Agent"], ended["Status"]) == (station, status)
            held = await ami.user_event("CCHold", since=since, Call=call_id)
            assert held["Try"] == "1"
            assert not outgoing.ended.is_set()
            ringing.reject()
    finally:
        await ami.action("Setvar", Variable="CC_RING", Value=asterisk.config.ring_seconds)


async def test_unregistered_station_puts_the_caller_back_on_hold(
    asterisk: AsteriskServer, ami: RawAmi
) -> None:
    async with ScriptedCaller(asterisk) as caller:
        await caller.call("88005551022")
        call_id, channel = await waiting(ami, "88005551022")
        since = len(ami.events)
        await ami.redirect(channel, "a1006")
        ended = await ami.user_event("CCDialEnd", since=since, Call=call_id)
        assert ended["Status"] == "CHANUNAVAIL"
        await ami.user_event("CCHold", since=since, Call=call_id)


async def test_caller_who_leaves_while_ringing_cancels_the_station(
    asterisk: AsteriskServer, ami: RawAmi
) -> None:
    async with ScriptedPhone(asterisk, "a1007") as phone, ScriptedCaller(asterisk) as caller:
        outgoing = await caller.call("88005551023")
        _, channel = await waiting(ami, "88005551023")
        await ami.redirect(channel, "a1007")
        ringing = await phone.next_call()
        outgoing.hang_up()
        assert await ringing.wait_ended() == "cancel"


async def test_callers_bye_crossing_the_agents_answer_strands_nobody(
    asterisk: AsteriskServer, ami: RawAmi
) -> None:
    """Gaps on both sides of zero, so that each comes first in turn."""
    async with ScriptedPhone(asterisk, "a1008") as phone, ScriptedCaller(asterisk) as caller:
        for attempt in range(CROSSINGS):
            outgoing = await caller.call("88005551024")
            await outgoing.wait_answered()
            since = len(ami.events)
            held = await ami.event(
                "UserEvent",
                lambda event: event.get("UserEvent") == "CCHold" and event["ChannelStateDesc"] == "Up",
                since=max(0, since - 5),
            )
            await ami.redirect(held["Channel"], "a1008")
            ringing = await phone.next_call()
            await ami.event("DialState", {"Linkedid": held["Call"], "DialStatus": "RINGING"})
            gap = (attempt // 2) * 0.0005
            first, second = outgoing.hang_up, ringing.answer
            cross(*((first, second) if attempt % 2 else (second, first)), gap)
            await ringing.wait_ended()
            await no_channels(asterisk)
            ami.events.clear()
    tried("crossing", CROSSINGS)


async def test_stale_heartbeat_hands_a_new_caller_to_the_fallback_queue(
    asterisk: AsteriskServer, ami: RawAmi
) -> None:
    async with ScriptedPhone(asterisk, "a9001", plan=ANSWERS) as phone, ScriptedCaller(asterisk) as caller:
        await ami.heartbeat(age=60)
        outgoing = await caller.call("88005551030")
        answered = await phone.next_call()
        await ami.event("UserEvent", {"UserEvent": "CCFallback"})
        await answered.rtp.wait_heard(outgoing.rtp.fill, 10)
        await outgoing.rtp.wait_heard(answered.rtp.fill, 10)
        answered.hang_up()
        assert await outgoing.wait_ended() == "bye"


async def test_heartbeat_going_stale_hands_a_waiting_caller_to_the_fallback_queue(
    asterisk: AsteriskServer, ami: RawAmi
) -> None:
    async with ScriptedPhone(asterisk, "a9002", plan=ANSWERS) as phone, ScriptedCaller(asterisk) as caller:
        outgoing = await caller.call("88005551031")
        await waiting(ami, "88005551031")
        await ami.heartbeat(age=14.5)
        answered = await phone.next_call(seconds=5)
        outgoing.hang_up()
        assert await answered.wait_ended() == "bye"


async def test_empty_fallback_queue_waits_and_notices_the_servers_return(
    asterisk: AsteriskServer, ami: RawAmi
) -> None:
    """No member is registered. Seen without the wait: 39,000 events in 4 s."""
    await ami.heartbeat(age=60)
    async with ScriptedCaller(asterisk) as caller:
        outgoing = await caller.call("88005551032")
        fallback = await ami.user_event("CCFallback")
        before = len(ami.events)
        await ami.heartbeat()
        await ami.user_event("CCHold", Call=fallback["Call"], seconds=8)
        assert len(ami.events) - before < 30
        assert not outgoing.ended.is_set()


async def test_fallback_that_nobody_answers_ends_after_its_bound(
    asterisk: AsteriskServer, ami: RawAmi
) -> None:
    """The bound is 60 rounds of 5 s: the call is moved to its last round, and hears the prompt whole."""
    async with ScriptedCaller(asterisk) as caller:
        outgoing = await caller.call("88005551033")
        _, channel = await waiting(ami, "88005551033")
        await ami.action("Setvar", Channel=channel, Variable="CC_FB", Value=60)
        before = len(ami.events)
        await ami.heartbeat(age=60)
        assert await outgoing.wait_ended(seconds=15) == "bye"
        assert len(ami.events) - before < 40


async def test_browser_registers_over_websocket(asterisk: AsteriskServer, ami: RawAmi) -> None:
    async with websockets.connect(
        asterisk.websocket_url, subprotocols=[websockets.Subprotocol("sip")], compression=None
    ) as socket:
        await socket.send(
            "REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK1\r\n"
            "Max-Forwards: 70\r\n"
            "From: <sip:a2001@127.0.0.1>;tag=1\r\nTo: <sip:a2001@127.0.0.1>\r\nCall-ID: ws-1\r\n"
            "CSeq: 1 REGISTER\r\nContact: <sip:a2001@x.invalid;transport=ws>\r\nContent-Length: 0\r\n\r\n"
        )
        answer = await asyncio.wait_for(socket.recv(), 5)
    assert str(answer if isinstance(answer, str) else answer.decode()).startswith("SIP/2.0 401")


async def test_wrong_password_and_unknown_users_get_nothing(asterisk: AsteriskServer, ami: RawAmi) -> None:
    with pytest.raises(ConnectionError, match="a1009 may not register"):
        await ScriptedPhone(asterisk, "a1009", password="wrong-password").__aenter__()
    # Stations may place no calls: their context is empty.
    async with ScriptedPhone(asterisk, "a1010", plan=ANSWERS):
        shown = await asterisk.acli("dialplan show cc-station")
        assert "0 extensions" in shown


async def test_manager_over_tls(asterisk_tree: Path, tmp_path: Path) -> None:
    certificate, key = tmp_path / "ami.crt", tmp_path / "ami.key"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    tls = AmiTls("127.0.0.1", free_tcp_port(), str(certificate), str(key))
    server = AsteriskServer(asterisk_tree, system_name="tls", ami_tls=tls)
    try:
        await asyncio.to_thread(server.start)
        context = ssl.create_default_context(cafile=str(certificate))
        reader, writer = await asyncio.wait_for(asyncio.open_connection(tls.bind, tls.port, ssl=context), 5)
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"Asterisk Call Manager")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    finally:
        await asyncio.to_thread(server.stop)
        server.remove()


async def test_restart_keeps_ports(asterisk_tree: Path) -> None:
    server = AsteriskServer(asterisk_tree, system_name="again")
    try:
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.stop, force=True)
        await asyncio.to_thread(server.start)
        async with RawAmi(server) as ami:
            assert (await ami.action("Ping"))["Ping"] == "Pong"
    finally:
        await asyncio.to_thread(server.stop)
        server.remove()
