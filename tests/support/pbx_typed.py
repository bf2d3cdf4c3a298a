"""A link to a PBX under contract and the typed events that it told, as text that two PBXs are compared by."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from prometheus_client import CollectorRegistry

from callcenter.clock import SystemClock
from callcenter.telephony.ami import AmiLink, AmiMetrics, LinkOptions
from callcenter.telephony.commands import Ring
from callcenter.telephony.events import (
    CallArrived,
    CallHeld,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    OutsideLegStarted,
    RingEnded,
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
    Customer,
    PbxRig,
    RigPhone,
    until,
)

SERVER = ServerId("main")
STATION = STATIONS[0]


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

    async def quiet_for(self, seconds: float) -> None:
        """Let the PBX's own time pass, in which nothing is told."""
        count = len(self.events)
        await asyncio.sleep(seconds)
        assert len(self.events) == count, self.events[count:]

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


def told(events: list[TelephonyEvent]) -> str:
    """The events in streams (a leg's, a call's, a station's), with names for ids; of listings, this call."""
    names: dict[str, str] = {}
    for event in events:
        call = getattr(event, "call", None)
        if call and call not in names and isinstance(event, CallArrived | LegStarted | RingEnded):
            names[call] = names[uniqueid_of(call)] = "<caller>"
        if isinstance(event, RingEnded) and event.leg not in names:
            _name(names, event.leg, "leg")  # of a station that is not there
        elif isinstance(event, LegStarted):
            _name(names, event.leg, "leg")
        elif isinstance(event, OutsideLegStarted):
            _name(names, event.leg, "outside")
        elif isinstance(event, LegBridged) and event.bridge not in names:
            count = sum(name.startswith("<bridge") for name in names.values())
            names[event.bridge] = f"<bridge {count + 1}>" if count else "<bridge>"
    streams: dict[str, list[str]] = {}
    for event in events:
        if isinstance(event, ServerSynced):
            mine = [found for found in event.calls if found.call in names]
            for one in mine:
                # Asterisk lists channels in the order of a hash.
                legs = sorted(one.legs, key=lambda leg: names.get(leg.leg, leg.leg))
                found = replace(one, legs=tuple(legs))
                streams.setdefault("listings", []).append(_named(repr(found), names))
            for intercom in event.intercoms:
                if intercom.intercom in names:
                    streams.setdefault("listings", []).append(_named(repr(intercom), names))
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


def _name(names: dict[str, str], leg: LegId, kind: str) -> None:
    count = sum(name.startswith(f"<{kind} ") for name in set(names.values()))
    names[leg] = names[uniqueid_of(leg)] = f"<{kind} {count + 1}>"


def _named(text: str, names: dict[str, str]) -> str:
    for value in sorted(names, key=len, reverse=True):
        text = text.replace(value, names[value])
    text = re.sub(r"<(CallPhase|RingOutcome|LegPlace)\.\w+: ('\w+')>", r"\2", text)
    return re.sub(r"age=[\d.]+", "age=…", text)
