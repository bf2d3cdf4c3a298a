"""The same contract one floor up: driven by typed commands through ``AmiLink``, both PBXs lead to the same
typed events. Recorded as in ``test_pbx_contract``."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from prometheus_client import CollectorRegistry

from callcenter.clock import SystemClock
from callcenter.telephony.ami import AmiLink, AmiMetrics, LinkOptions
from callcenter.telephony.commands import Audit, HangUp, Reclaim, Ring
from callcenter.telephony.events import (
    CallArrived,
    CallFellBack,
    CallHeld,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    ServerSynced,
    StationChanged,
    StationState,
    TelephonyEvent,
)
from routing.ids import CallId, LegId, ServerId, StationId, offer_id, uniqueid_of
from tests.support.pbx_contract import (
    QUIET_SECONDS,
    STATIONS,
    WAIT_SECONDS,
    ContractAmi,
    Customer,
    PbxRig,
    RigPhone,
    open_rig,
    until,
)
from tests.support.pbx_stage import compare

SERVER = ServerId("main")
STATION = STATIONS[0]


@pytest.fixture(params=["simulator", pytest.param("asterisk", marks=pytest.mark.asterisk)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[PbxRig]:
    """Each PBX in turn."""
    async with open_rig(request) as one:
        yield one


class Stage:
    """A link, and what it told."""

    def __init__(self, rig: PbxRig) -> None:
        self.rig = rig
        self.events: list[TelephonyEvent] = []
        options = LinkOptions(SERVER, rig.host, rig.ami_user, rig.ami_secret, port=rig.ami_port)
        self.link = AmiLink(options, self.events.append, SystemClock(), AmiMetrics(CollectorRegistry()))
        self.customer: Customer | None = None
        self.call = CallId("")

    async def saw(self, kind: type[TelephonyEvent], since: int = 0, **fields: object) -> TelephonyEvent:
        """The first event of a kind with these fields, past ``events[since]``."""

        def find() -> TelephonyEvent | None:
            for event in self.events[since:]:
                if isinstance(event, kind) and all(getattr(event, key) == fields[key] for key in fields):
                    return event
            return None

        await until(lambda: find() is not None, f"no {kind.__name__} {fields} in {self.events[since:]}")
        found = find()
        assert found is not None
        return found

    async def quiet(self) -> None:
        """Returns once nothing more is told."""
        for _ in range(int(WAIT_SECONDS / QUIET_SECONDS)):
            count = len(self.events)
            await asyncio.sleep(QUIET_SECONDS)
            if len(self.events) == count:
                return
        raise AssertionError("the link does not stop telling")

    async def phone(self) -> RigPhone:
        phone = await self.rig.phone(STATION)
        await self.saw(StationChanged, station=StationId(STATION), state=StationState.IDLE)
        return phone

    async def arrive(self) -> None:
        since = len(self.events)
        self.customer = await self.rig.call("74951230002", "79031112233", "Вера")
        arrived = await self.saw(CallArrived, since)
        assert isinstance(arrived, CallArrived)
        self.call = arrived.call
        await self.saw(CallHeld, since, call=self.call)
        await self.quiet()

    async def ring(self, phone: RigPhone, seconds: int = 5) -> int:
        since = len(self.events)
        offer = offer_id(self.call, since)
        self.link.send(Ring(SERVER, self.call, offer, StationId(phone.station), seconds))
        await phone.rung()
        await self.saw(LegRinging, since)
        await self.saw(StationChanged, since, state=StationState.RINGING)
        return since

    async def leg(self) -> LegId:
        started = next(event for event in reversed(self.events) if isinstance(event, LegStarted))
        return started.leg

    async def talk(self, phone: RigPhone) -> None:
        since = await self.ring(phone)
        phone.answer()
        await self.saw(LegBridged, since, leg=LegId(self.call))
        await self.quiet()

    async def leave(self) -> None:
        assert self.customer is not None
        self.customer.hang_up()
        await self.saw(LegEnded, leg=LegId(self.call))


async def waits_and_leaves(stage: Stage) -> None:
    await stage.arrive()
    await stage.leave()


async def talks(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    await stage.talk(phone)
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    phone.hang_up()
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def declines_and_is_audited_while_ringing_again(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    since = await stage.ring(phone)
    phone.decline(486)
    await stage.saw(CallHeld, since)
    await stage.quiet()
    await stage.ring(phone)
    since = len(stage.events)
    stage.link.send(Audit(SERVER))
    await stage.saw(ServerSynced, since)
    await stage.leave()


async def does_not_answer_in_the_time_given(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    since = await stage.ring(phone, seconds=1)
    await stage.saw(CallHeld, since)
    await stage.quiet()
    await stage.leave()


async def ringing_is_withdrawn(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    since = await stage.ring(phone)
    stage.link.send(HangUp(SERVER, stage.call, await stage.leg()))
    await stage.saw(CallHeld, since)
    await stage.quiet()
    await stage.leave()


async def call_is_ended_by_us(stage: Stage) -> None:
    phone = await stage.phone()
    await stage.arrive()
    await stage.talk(phone)
    stage.link.send(HangUp(SERVER, stage.call, LegId(stage.call)))
    await stage.saw(LegEnded, leg=LegId(stage.call))


async def nobody_is_there(stage: Stage) -> None:
    await stage.arrive()
    since = len(stage.events)
    stage.link.send(Ring(SERVER, stage.call, offer_id(stage.call, 1), StationId(STATIONS[1]), 5))
    await stage.saw(CallHeld, since)
    await stage.quiet()
    await stage.leave()
    stage.link.send(Ring(SERVER, stage.call, offer_id(stage.call, 2), StationId(STATION), 5))


async def is_reclaimed_from_the_fallback(stage: Stage) -> None:
    await stage.arrive()
    stage.link.pause_heartbeat()
    async with ContractAmi(stage.rig) as ami:
        await ami.action("Setvar", Variable="CC_HB", Value=1)
        await stage.saw(CallFellBack)
        await stage.quiet()
        since = len(stage.events)
        stage.link.send(Audit(SERVER))
        await stage.saw(ServerSynced, since)
        await ami.action("Setvar", Variable="CC_HB", Value=4102444800)
        since = len(stage.events)
        stage.link.send(Reclaim(SERVER, stage.call))
        await stage.saw(CallHeld, since)
        await stage.quiet()
        await stage.leave()


Play = Callable[[Stage], Awaitable[None]]
SCENARIOS: tuple[Play, ...] = (
    waits_and_leaves,
    talks,
    declines_and_is_audited_while_ringing_again,
    does_not_answer_in_the_time_given,
    ringing_is_withdrawn,
    call_is_ended_by_us,
    nobody_is_there,
    is_reclaimed_from_the_fallback,
)


@pytest.mark.parametrize("play", SCENARIOS, ids=lambda play: play.__name__)
async def test_leads_to_the_same_typed_events(rig: PbxRig, play: Play) -> None:
    stage = Stage(rig)
    await stage.link.start()
    try:
        await stage.saw(ServerSynced)
        await play(stage)
        await stage.quiet()
    finally:
        await stage.link.stop()
    compare(rig, f"typed_{play.__name__}", told(stage.events))


def told(events: list[TelephonyEvent]) -> str:
    """The events in streams (a leg's, a call's, a station's), with names for ids; of listings, this call."""
    names: dict[str, str] = {}
    for event in events:
        if isinstance(event, CallArrived):
            names[event.call] = names[uniqueid_of(event.call)] = "<caller>"
        elif isinstance(event, LegStarted):
            names[event.leg] = f"<leg {sum(name.startswith('<leg') for name in names.values()) + 1}>"
        elif isinstance(event, LegBridged):
            names.setdefault(event.bridge, "<bridge>")
    streams: dict[str, list[str]] = {}
    for event in events:
        if isinstance(event, ServerSynced):
            mine = [found for found in event.calls if found.call in names]
            for found in mine:
                streams.setdefault("listings", []).append(_named(repr(found), names))
            continue
        if isinstance(event, StationChanged):
            if event.station == STATION:
                streams.setdefault(f"station {event.station}", []).append(str(event.state))
            continue
        about = getattr(event, "leg", None) or f"{getattr(event, 'call', '')} itself"
        streams.setdefault(_named(about, names), []).append(_named(repr(event), names))
    for lines in streams.values():
        # The phone's registration, or that the last test's went away, may be told before the listing or not.
        while lines and lines[0] in ("unavailable", "idle"):
            del lines[0]
    return "\n".join("\n".join([f"[{stream}]", *streams[stream], ""]) for stream in sorted(streams))


def _named(text: str, names: dict[str, str]) -> str:
    for value in sorted(names, key=len, reverse=True):
        text = text.replace(value, names[value])
    text = re.sub(r"<(CallPhase|RingOutcome)\.\w+: ('\w+')>", r"\2", text)
    return re.sub(r"age=[\d.]+", "age=…", text)
