"""A model of one Asterisk whose conversations are controlled: every leg is an entity of its own, in a Dial,
in the room, in the park, on hold. Commands in, events out, in the order of the contract's transcripts.

It fails the test on what would tear a live call down there: a ring for a caller who isn't on hold, a dialling
by a leg that isn't in the room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from callcenter.telephony.commands import (
    Audit,
    CallStation,
    Consult,
    DialOut,
    HangUp,
    Hold,
    Intercom,
    Join,
    MuteRecording,
    Park,
    PlaceCall,
    Ring,
    SendKeys,
    TelephonyCommand,
)
from callcenter.telephony.events import (
    CallArrived,
    CallHeld,
    CallParked,
    CallPhase,
    CommandFailed,
    ConsultEnded,
    DialFinished,
    FoundCall,
    FoundIntercom,
    FoundLeg,
    IntercomDialled,
    LegBridged,
    LegEnded,
    LegPlace,
    LegRinging,
    LegStarted,
    LegUnbridged,
    OutsideLegStarted,
    PlaceFailed,
    RingEnded,
    RingOutcome,
    ServerSynced,
    StationState,
    StepEnded,
    StepOutcome,
    TelephonyEvent,
)
from routing.ids import (
    CallId,
    IntercomId,
    LegId,
    ServerId,
    StationId,
    call_id,
    call_of_intercom,
    intercom_of,
    leg_id,
    own_leg_of,
)
from tests.dispatch.model_pbx import CALLER


class At(StrEnum):
    HOLD = "hold"
    DIAL = "dial"  # has dialled ``peer``: rings, or talks with it
    PARK = "park"
    ROOM = "room"
    OUT = "out"  # a caller in ``cc-out``
    READY = "ready"
    CHILD = "child"  # dialled by ``peer``
    PLACING = "placing"


@dataclass
class Chan:
    leg: LegId
    call: CallId
    at: At
    station: StationId | None = None
    number: str = ""
    peer: LegId | None = None
    answered: bool = False
    bridge: str | None = None
    attempt: int = 0
    step: int = 0

    @property
    def is_caller(self) -> bool:
        """A client."""
        return self.leg == self.call and not self.is_internal

    @property
    def is_internal(self) -> bool:
        """Of a call between two agents; ``leg`` is the call's id for who began it."""
        return intercom_of(self.call) is not None


@dataclass
class RoomPbx:
    server: ServerId
    stations: dict[StationId, StationState]
    chans: dict[LegId, Chan] = field(default_factory=dict)
    wire: list[TelephonyEvent] = field(default_factory=list)
    orders: list[TelephonyCommand] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    # Channels

    def of(self, call: CallId) -> list[Chan]:
        return [chan for chan in self.chans.values() if chan.call == call]

    def caller(self, call: CallId) -> Chan | None:
        return self.chans.get(LegId(call))

    def ringing(self) -> list[Chan]:
        return [chan for chan in self.chans.values() if not chan.answered and chan.at in (At.CHILD, At.READY)]

    def arrive(self, dialled: str) -> CallId:
        call = call_id(self.server, f"1.{next(self._ids)}")
        self.chans[LegId(call)] = chan = Chan(LegId(call), call, At.HOLD, answered=True)
        self.wire.append(CallArrived(self.server, call, CALLER, "", dialled))
        self._hold(chan)
        return call

    def _bridge(self, chan: Chan, bridge: str | None) -> None:
        if chan.bridge is not None and chan.bridge != bridge:
            self.wire.append(LegUnbridged(self.server, chan.call, chan.leg, chan.bridge))
        if bridge is not None and chan.bridge != bridge:
            self.wire.append(LegBridged(self.server, chan.call, chan.leg, bridge))
        chan.bridge = bridge

    def _hold(self, chan: Chan) -> None:
        self._bridge(chan, None)
        chan.at, chan.peer = At.HOLD, None
        self.wire.append(CallHeld(self.server, chan.call, "100", chan.attempt))

    def _to_room(self, chan: Chan) -> None:
        chan.at, chan.peer = At.ROOM, None
        self._bridge(chan, f"room {chan.call}")

    def _dial(self, chan: Chan, station: StationId | None, number: str) -> Chan:
        leg = leg_id(self.server, f"2.{next(self._ids)}")
        child = self.chans[leg] = Chan(leg, chan.call, At.CHILD, station, number, chan.leg)
        chan.at, chan.peer = At.DIAL, leg
        if station is None:
            self.wire.append(OutsideLegStarted(self.server, chan.call, leg, number))
        else:
            self.wire.append(LegStarted(self.server, chan.call, leg, station))
        self.wire.append(LegRinging(self.server, chan.call, leg))
        return child

    def _let_go_of_peer(self, chan: Chan) -> None:
        """The one who dialled is taken out of Dial: the other side is hung up."""
        peer = None if chan.peer is None else self.chans.get(chan.peer)
        chan.peer = None
        if peer is not None and peer.at is At.CHILD:
            self._end(peer, 16)

    def _end(self, chan: Chan, cause: int) -> None:
        self._bridge(chan, None)
        del self.chans[chan.leg]
        self.wire.append(LegEnded(self.server, chan.call, chan.leg, cause))

    def hang_up(self, chan: Chan, cause: int = 16, outcome: RingOutcome = RingOutcome.BUSY) -> None:
        """This side hangs up, or declines while it rings."""
        if chan.at is At.PLACING:
            del self.chans[chan.leg]
            self.wire.append(PlaceFailed(self.server, chan.call, RingOutcome.CANCELLED, cause))
            return
        peer = None if chan.peer is None else self.chans.get(chan.peer)
        was, rang = chan.at, not chan.answered
        if was in (At.DIAL, At.OUT):
            self._let_go_of_peer(chan)
        if rang:
            self.wire.append(RingEnded(self.server, chan.call, chan.leg, outcome))
        self._end(chan, cause)
        if was is At.CHILD and peer is not None:
            self._child_gone(peer, chan, RingOutcome.ANSWERED if not rang else outcome)
        if was is At.ROOM:
            self._room_emptied(chan.call)

    def _child_gone(self, parent: Chan, child: Chan, outcome: RingOutcome) -> None:
        parent.peer = None
        if parent.is_internal:
            if outcome is not RingOutcome.ANSWERED:
                self.wire.append(IntercomDialled(self.server, parent.call, outcome, 16))
            self._end(parent, 16)
        elif not parent.is_caller:
            self.wire.append(ConsultEnded(self.server, parent.call, parent.leg, child.station, outcome, 16))
            self._to_room(parent)
        elif parent.at is At.OUT:
            how = StepOutcome.ENDED if outcome is RingOutcome.ANSWERED else StepOutcome.NO_ANSWER
            self.wire.append(StepEnded(self.server, parent.call, parent.step, how, "", 0))
            self._hold(parent)
        else:
            station = child.station or StationId("")
            self.wire.append(DialFinished(self.server, parent.call, station, outcome, 16))
            if outcome is RingOutcome.ANSWERED:
                self._end(parent, 16)
            else:
                parent.attempt += 1
                self._hold(parent)

    def _room_emptied(self, call: CallId) -> None:
        caller = self.caller(call)
        others = [one for one in self.of(call) if one.at is At.ROOM and not one.is_caller]
        if caller is not None and caller.at is At.ROOM and not others:
            self._end(caller, 16)

    def answer(self, chan: Chan) -> None:
        chan.answered = True
        self.wire.append(RingEnded(self.server, chan.call, chan.leg, RingOutcome.ANSWERED))
        if chan.peer is None:
            if chan.is_internal:
                self._dial(chan, StationId(chan.number), "")
            return
        parent = self.chans[chan.peer]
        bridge = f"dial {chan.leg}"
        self._bridge(chan, bridge)
        self._bridge(parent, bridge)

    def client_answers(self, chan: Chan) -> None:
        chan.answered = True
        self.wire.append(CallArrived(self.server, chan.call, CALLER, "", "100"))
        self._hold(chan)

    # Commands

    def execute(self) -> None:
        """Carry out the oldest command."""
        order = self.orders.pop(0)
        match order:
            case Audit():
                self.wire.append(self.listing(None))
            case Ring():
                self._ring(order)
            case HangUp():
                chan = self.chans.get(order.leg)
                if chan is None:
                    self._refuse(order)
                else:
                    self.hang_up(chan, outcome=RingOutcome.NO_ANSWER)
            case Hold():
                self._take_to_hold(order)
            case Park():
                self._park(order)
            case Join():
                self._join(order)
            case Consult():
                self._consult(order)
            case DialOut():
                caller = self.caller(order.call)
                if caller is None:
                    self._refuse(order)
                else:
                    assert caller.at is At.HOLD, f"a Redirect tore down {caller}"
                    child = self._dial(caller, None, order.number)
                    caller.at, caller.step, caller.peer = At.OUT, order.step, child.leg
            case CallStation():
                self.chans[order.leg] = Chan(order.leg, order.call, At.READY, order.station)
                self.wire.append(LegStarted(self.server, order.call, order.leg, order.station))
            case PlaceCall():
                assert LegId(order.call) not in self.chans, "dialled twice"
                self.chans[LegId(order.call)] = Chan(LegId(order.call), order.call, At.PLACING)
            case Intercom():
                leg, call = own_leg_of(order.intercom), call_of_intercom(order.intercom)
                self.chans[leg] = Chan(leg, call, At.READY, order.station, order.to)
                self.wire.append(LegStarted(self.server, call, leg, order.station))
            case SendKeys() | MuteRecording():
                pass
            case _:
                raise AssertionError(order)

    def _refuse(self, order: TelephonyCommand) -> None:
        call = getattr(order, "call", None)
        offer = getattr(order, "offer", None)
        name = type(order).__name__
        self.wire.append(CommandFailed(self.server, call, offer, name, "no such channel", False))

    def _ring(self, order: Ring) -> None:
        caller = self.caller(order.call)
        if caller is None:
            self._refuse(order)
            return
        assert caller.at is At.HOLD, f"a Redirect tore down {caller}"
        self._dial(caller, order.station, "")

    def _take_to_hold(self, order: Hold) -> None:
        caller = self.caller(order.call)
        if caller is None or caller.at is At.PLACING:
            self._refuse(order)
            return
        if caller.at in (At.DIAL, At.OUT):
            self._let_go_of_peer(caller)
        self._hold(caller)

    def _park(self, order: Park) -> None:
        caller = self.caller(order.call)
        leg = None if order.leg is None else self.chans.get(order.leg)
        if caller is None or (order.leg is not None and leg is None):
            self._refuse(order)
            return
        if leg is not None:
            assert caller.at is At.DIAL, f"{caller} is in no Dial"
            caller.peer = None
            self._to_room(leg)
        self._bridge(caller, None)
        caller.at = At.PARK
        self.wire.append(CallParked(self.server, order.call))

    def _join(self, order: Join) -> None:
        chan = self.chans.get(order.leg)
        if chan is None:
            self._refuse(order)
            return
        if chan.at is At.CHILD and chan.peer is not None:
            parent = self.chans[chan.peer]
            assert not parent.is_caller, "a Redirect tore the caller down"
            self._to_room(chan)
            self._child_gone(parent, chan, RingOutcome.ANSWERED)
            return
        if chan.at is At.DIAL:
            self._let_go_of_peer(chan)
        self._to_room(chan)

    def _consult(self, order: Consult) -> None:
        chan = self.chans.get(order.leg)
        if chan is None:
            self._refuse(order)
            return
        assert chan.at is At.ROOM, f"{chan} is not in the room"
        self._bridge(chan, None)
        self._dial(chan, order.station, order.number)
        self._room_emptied(order.call)

    def listing(self, blind_from: float | None) -> ServerSynced:
        found = tuple(self._found(chan) for chan in self.chans.values() if chan.is_caller)
        intercoms = tuple(
            self._intercom(chan, intercom)
            for chan in self.chans.values()
            if chan.leg == chan.call and (intercom := intercom_of(chan.call)) is not None
        )
        return ServerSynced(self.server, found, tuple(self.stations.items()), blind_from, intercoms=intercoms)

    def _intercom(self, own: Chan, intercom: IntercomId) -> FoundIntercom:
        other = None if own.peer is None else self.chans[own.peer]
        talking = other is not None and other.answered
        leg = None if other is None else other.leg
        station = own.station or StationId("")
        return FoundIntercom(intercom, station, StationId(own.number), own.answered, leg, talking, 1.0)

    def _found(self, caller: Chan) -> FoundCall:
        talks = caller.at is At.DIAL and caller.peer is not None and self.chans[caller.peer].answered
        phases = {
            At.HOLD: CallPhase.WAITING,
            At.DIAL: CallPhase.TALKING if talks else CallPhase.RINGING,
            At.PARK: CallPhase.PARKED,
            At.ROOM: CallPhase.ROOM,
            At.OUT: CallPhase.OUT,
            At.PLACING: CallPhase.PLACING,
        }
        legs = tuple(
            FoundLeg(
                leg.leg,
                leg.station,
                leg.bridge is not None and leg.bridge == caller.bridge,
                leg.bridge,
                self._place(leg),
                leg.number,
            )
            for leg in self.of(caller.call)
            if not leg.is_caller
        )
        return FoundCall(caller.call, CALLER, "", "100", phases[caller.at], caller.attempt, 1.0, legs)

    def _place(self, leg: Chan) -> LegPlace:
        if leg.at is At.CHILD:
            by_caller = leg.peer is not None and self.chans[leg.peer].is_caller
            return LegPlace.RUNG if by_caller else LegPlace.CONSULTED
        return {At.ROOM: LegPlace.ROOM, At.DIAL: LegPlace.CONSULT, At.READY: LegPlace.READY}[leg.at]
