"""The link on a real Asterisk 22, through every command and a cut."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prometheus_client import CollectorRegistry

from callcenter.clock import SystemClock
from callcenter.telephony.ami import AmiLink, AmiMetrics, LinkOptions
from callcenter.telephony.ami.action import MAX_LINE, AmiAction, global_variable
from callcenter.telephony.ami.client import Answer, Connection, Reply
from callcenter.telephony.ami.frames import Framer
from callcenter.telephony.commands import Audit, HangUp, Ring
from callcenter.telephony.events import (
    CallArrived,
    CallHeld,
    CallPhase,
    CommandFailed,
    FoundCall,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    LinkLost,
    RingEnded,
    RingOutcome,
    ServerSynced,
    TelephonyEvent,
)
from routing.ids import CallId, ServerId, StationId, leg_id, offer_id, uniqueid_of
from tests.support.asterisk import AsteriskServer
from tests.support.sipp_scripted import ScriptedCaller, ScriptedPhone
from tests.support.tcp_proxy import TcpProxy
from tests.telephony.fake_ami import Posted

pytestmark = pytest.mark.asterisk

SERVER = ServerId("main")
STATION = StationId("a1039")
NUMBER = "+74950000239"


class OfOneCall(Posted):
    """What is posted about the call of this test; the server is shared with others."""

    call: CallId | None = None

    def __call__(self, posted: TelephonyEvent) -> None:
        if isinstance(posted, CallArrived) and posted.dialled == NUMBER:
            self.call = posted.call
        if getattr(posted, "call", self.call) in (None, self.call):
            super().__call__(posted)

    def found(self, synced: TelephonyEvent) -> FoundCall:
        assert isinstance(synced, ServerSynced)
        return next(found for found in synced.calls if found.call == self.call)


def link_to(server: AsteriskServer, port: int, post: Callable[[TelephonyEvent], None]) -> AmiLink:
    options = LinkOptions(
        SERVER,
        server.host,
        server.ami_user,
        server.ami_secret,
        port=port,
        heartbeat_interval=1.0,
        ping_interval=0.2,
        ping_timeout=0.5,
    )
    return AmiLink(options, post, SystemClock(), AmiMetrics(CollectorRegistry()))


async def test_every_command_and_a_cut_while_talking(asterisk: AsteriskServer) -> None:
    posted = OfOneCall()
    async with (
        TcpProxy(asterisk.ami_port) as proxy,
        ScriptedPhone(asterisk, STATION) as phone,
        ScriptedCaller(asterisk) as caller,
    ):
        link = link_to(asterisk, proxy.port, posted)
        await link.start()
        try:
            await posted.seen(ServerSynced)
            calling = await caller.call(NUMBER, name="Пётр")
            held = await posted.seen(CallHeld)
            assert isinstance(held, CallHeld)
            call = held.call
            link.send(Ring(SERVER, call, offer_id(call, 1), STATION, 4))
            await phone.next_call()
            ringing = await posted.seen(LegRinging)
            assert isinstance(ringing, LegRinging)
            link.send(Audit(SERVER))
            assert posted.found(await posted.seen(ServerSynced, 2)).phase is CallPhase.RINGING
            # A station's leg is declined; the caller is held again.
            link.send(HangUp(SERVER, call, ringing.leg))
            ended = await posted.seen(RingEnded)
            assert isinstance(ended, RingEnded)
            assert ended.outcome is RingOutcome.NO_ANSWER
            await posted.seen(CallHeld, 2)
            link.send(Ring(SERVER, call, offer_id(call, 2), STATION, 4))
            (await phone.next_call()).answer()
            await posted.seen(LegBridged, 2)

            await proxy.cut()
            await posted.seen(LinkLost)
            link.send(HangUp(SERVER, call, leg_id(SERVER, uniqueid_of(call))))
            failed = await posted.seen(CommandFailed)
            assert isinstance(failed, CommandFailed)
            assert failed.reason == "link down"
            proxy.heal()
            synced = await posted.seen(ServerSynced, 3)
            assert isinstance(synced, ServerSynced)
            assert synced.blind_from is not None
            found = posted.found(synced)
            assert (found.phase, found.name, found.attempt) == (CallPhase.TALKING, "Пётр", 1)
            assert [(leg.station, leg.bridged) for leg in found.legs] == [(STATION, True)]

            # A link that lies still is found by its pings.
            proxy.stall()
            await posted.seen(LinkLost, 2)
            await proxy.cut()
            proxy.heal()
            assert posted.found(await posted.seen(ServerSynced, 4)).phase is CallPhase.TALKING

            link.send(HangUp(SERVER, call, leg_id(SERVER, uniqueid_of(call))))
            await calling.wait_ended()
            await posted.until(lambda: len(posted.of(LegEnded)) == len(posted.of(LegStarted)) + 1)
            link.send(Ring(SERVER, call, offer_id(call, 3), STATION, 4))
            refused = await posted.seen(CommandFailed, 2)
            assert isinstance(refused, CommandFailed)
            assert (refused.timed_out, refused.offer) == (False, offer_id(call, 3))
        finally:
            await link.stop()


async def test_asterisk_takes_the_longest_line_that_we_write(asterisk: AsteriskServer) -> None:
    connection = Connection(
        host=asterisk.host,
        port=asterisk.ami_port,
        tls=None,
        framer=Framer((), (), 65_536),
        max_unsent=1_000_000,
        on_frames=lambda frames: None,
        on_ended=lambda reason: None,
        on_failed=lambda: None,
    )

    async def ask(action: AmiAction, secret: tuple[str, str] | None = None) -> Reply:
        return await connection.ask(action, deadline=5.0, secret=secret)

    await connection.open(5.0)
    try:
        login = AmiAction("Login", (("Username", asterisk.ami_user), ("Events", "off")))
        assert (await ask(login, ("Secret", asterisk.ami_secret))).answer is Answer.SUCCESS
        longest = "x" * (MAX_LINE - len("Value: \r\n"))
        assert (await ask(global_variable("CC_LONGEST", longest))).answer is Answer.SUCCESS
        reply = await ask(AmiAction("Getvar", (("Variable", "CC_LONGEST"),)))
        assert reply.headers["value"] == longest
    finally:
        await connection.close("test")
