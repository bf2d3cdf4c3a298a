"""A model of one Asterisk with our dialplan, as far as the core can see it: commands in, events out.

It produces the sequences measured on a real one, and fails the test on what would tear down a live call
there: a ring, or a step of a flow, for a caller who isn't on hold (an announcement may be cut short)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from callcenter.telephony.commands import (
    Ask,
    Audit,
    DialOut,
    Dress,
    HangUp,
    Hold,
    PlaceCall,
    Play,
    Record,
    Ring,
    TelephonyCommand,
)
from callcenter.telephony.events import (
    SEVERAL,
    CallArrived,
    CallFellBack,
    CallHeld,
    CallPhase,
    CommandFailed,
    DialFinished,
    FoundCall,
    FoundLeg,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    LegUnbridged,
    PlaceFailed,
    RingEnded,
    RingOutcome,
    ServerSynced,
    StationChanged,
    StationState,
    StepEnded,
    StepOutcome,
    TelephonyEvent,
)
from routing.ids import CallId, LegId, ServerId, StationId, call_id, leg_id

CALLER = "+79161234567"


@dataclass
class PbxLeg:
    leg: LegId
    station: StationId
    bridged: bool = False


@dataclass
class PbxCall:
    call: CallId
    phase: CallPhase
    dialled: str
    since: float
    attempt: int = 0
    legs: list[PbxLeg] = field(default_factory=list)  # several while they are rung together
    shared: bool = False  # rung so
    rings_until: float = 0.0
    step: Play | Ask | Record | DialOut | None = None
    step_until: float = 0.0
    connected: bool = False  # with a number outside
    number: str = CALLER

    @property
    def leg(self) -> PbxLeg | None:
        return self.legs[0] if self.legs else None


@dataclass
class ModelPbx:
    server: ServerId
    stations: dict[StationId, StationState]
    now: float = 0.0
    calls: dict[CallId, PbxCall] = field(default_factory=dict)
    wire: list[TelephonyEvent] = field(default_factory=list)
    orders: list[TelephonyCommand] = field(default_factory=list)
    link: bool = True
    rings: int = 0
    shared_rings: int = 0
    steps: int = 0
    crossings: int = 0
    placed: dict[CallId, None] = field(default_factory=dict)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def _say(self, *events: TelephonyEvent) -> None:
        if self.link:
            self.wire.extend(events)

    def _station(self, station: StationId, state: StationState) -> None:
        self.stations[station] = state
        self._say(StationChanged(self.server, station, state))

    # Callers

    def arrive(self, dialled: str, number: str = CALLER) -> CallId:
        call = call_id(self.server, f"{self.now:.0f}.{next(self._ids)}")
        self.calls[call] = PbxCall(call, CallPhase.ARRIVING, dialled, self.now, number=number)
        self._arrived(self.calls[call])
        return call

    def _arrived(self, call: PbxCall) -> None:
        self._say(CallArrived(self.server, call.call, call.number, "", call.dialled))
        self._hold(call)

    def _hold(self, call: PbxCall) -> None:
        call.phase, call.legs, call.step, call.connected = CallPhase.WAITING, [], None, False
        self._say(CallHeld(self.server, call.call, call.dialled, call.attempt))

    def caller_hangs_up(self, call: PbxCall, *, crossing: bool = False) -> None:
        """``crossing``: the agent answered at the same moment, and was never bridged. A client whose phone
        rings is not rung any longer."""
        if call.phase is CallPhase.PLACING:
            self.client_does_not_answer(call, RingOutcome.CANCELLED)
            return
        del self.calls[call.call]
        leg = call.leg
        end = LegEnded(self.server, call.call, LegId(call.call), 16)
        if leg is None:
            if isinstance(call.step, Record):
                self._say(self._step_word(call, StepOutcome.DONE, "", 4))
            self._say(end)
            return
        if leg.bridged:
            # Asterisk may say the caller's hang-up before the agent's leaving the bridge.
            self._say(end, LegUnbridged(self.server, call.call, leg.leg, "b" + call.call))
        else:
            self.crossings += crossing
            for rung in call.legs:
                crosses = crossing and rung is leg
                how = RingOutcome.ANSWERED if crosses else RingOutcome.CANCELLED
                self._say(RingEnded(self.server, call.call, rung.leg, how))
            self._say(end)
        for rung in call.legs:
            self._say(LegEnded(self.server, call.call, rung.leg, 16))
            self._station(rung.station, StationState.IDLE)

    # Clients whom we dial

    def _place(self, order: PlaceCall) -> None:
        assert order.call not in self.placed, "dialled twice"
        self.placed[order.call] = None
        if any(call.number == order.number for call in self.calls.values()):
            self._say(PlaceFailed(self.server, order.call, RingOutcome.BUSY, 17))
            return
        self.calls[order.call] = PbxCall(
            order.call,
            CallPhase.PLACING,
            order.shown,
            self.now,
            rings_until=self.now + order.seconds,
            number=order.number,
        )

    def client_answers(self, call: PbxCall) -> None:
        self._arrived(call)

    def client_does_not_answer(self, call: PbxCall, how: RingOutcome) -> None:
        del self.calls[call.call]
        self._say(
            LegEnded(self.server, call.call, LegId(call.call), 0),
            PlaceFailed(self.server, call.call, how, 0),
        )

    # Steps of flows

    def _step(self, order: Play | Ask | Record | DialOut) -> None:
        call = self.calls.get(order.call)
        name = type(order).__name__
        if call is None:
            self._say(CommandFailed(self.server, order.call, None, name, "no such channel", False))
            return
        announced = call.phase is CallPhase.STEP and isinstance(call.step, Play)
        assert call.phase is CallPhase.WAITING or announced, f"a Redirect tore down {call}"
        self.steps += 1
        call.step = order
        call.phase = CallPhase.OUT if isinstance(order, DialOut) else CallPhase.STEP
        call.step_until = self.now + (3.0 if isinstance(order, Play) else order.seconds)

    def _step_word(self, call: PbxCall, outcome: StepOutcome, digits: str, seconds: int) -> StepEnded:
        assert call.step is not None
        return StepEnded(self.server, call.call, call.step.step, outcome, digits, seconds)

    def step_ends(
        self, call: PbxCall, digits: str = "", outcome: StepOutcome = StepOutcome.DONE, seconds: int = 0
    ) -> None:
        """``digits`` count where they are listened for, ``seconds`` where something is recorded."""
        match call.step:
            case Play(key=key):
                digits = key if key and digits else ""
            case Record():
                digits = ""
            case DialOut():
                digits, outcome = "", StepOutcome.ENDED if call.connected else StepOutcome.NO_ANSWER
        if not isinstance(call.step, Record):
            seconds = 0
        self._say(self._step_word(call, outcome, digits, seconds))
        self._hold(call)

    # Phones

    def answer(self, call: PbxCall, pick: int = 0) -> None:
        """The others that ring are cancelled."""
        leg = call.legs[pick % len(call.legs)]
        slower, call.legs = [one for one in call.legs if one is not leg], [leg]
        for other in slower:
            self._say(
                RingEnded(self.server, call.call, other.leg, RingOutcome.CANCELLED),
                LegEnded(self.server, call.call, other.leg, 26),
            )
            self._station(other.station, StationState.IDLE)
        leg.bridged, call.phase, bridge = True, CallPhase.TALKING, "b" + call.call
        self._station(leg.station, StationState.BUSY)
        self._say(
            RingEnded(self.server, call.call, leg.leg, RingOutcome.ANSWERED),
            LegBridged(self.server, call.call, leg.leg, bridge),
            LegBridged(self.server, call.call, LegId(call.call), bridge),
        )

    def ring_fails(self, call: PbxCall, outcome: RingOutcome, cause: int = 0, pick: int = 0) -> None:
        leg = call.legs.pop(pick % len(call.legs))
        self._say(
            RingEnded(self.server, call.call, leg.leg, outcome),
            LegEnded(self.server, call.call, leg.leg, cause),
        )
        self._station(leg.station, StationState.IDLE)
        if not call.legs:
            self._dial_over(call, SEVERAL if call.shared else leg.station, outcome, cause)

    def _dial_over(self, call: PbxCall, station: StationId, outcome: RingOutcome, cause: int) -> None:
        self._say(DialFinished(self.server, call.call, station, outcome, cause))
        call.attempt += 1
        self._hold(call)

    def agent_hangs_up(self, call: PbxCall) -> None:
        leg = call.leg
        assert leg is not None
        del self.calls[call.call]
        self._say(
            LegUnbridged(self.server, call.call, leg.leg, "b" + call.call),
            LegEnded(self.server, call.call, leg.leg, 16),
        )
        self._station(leg.station, StationState.IDLE)
        self._say(
            DialFinished(
                self.server, call.call, SEVERAL if call.shared else leg.station, RingOutcome.ANSWERED, 16
            ),
            LegEnded(self.server, call.call, LegId(call.call), 16),
        )

    def fall_back(self, call: PbxCall) -> None:
        call.phase = CallPhase.FALLBACK
        self._say(CallFellBack(self.server, call.call))

    def advance(self, now: float) -> None:
        """Rings that nobody answers end by themselves."""
        self.now = now
        for call in list(self.calls.values()):
            if call.phase is CallPhase.RINGING and call.leg is not None and call.rings_until <= now:
                for _ in tuple(call.legs):
                    self.ring_fails(call, RingOutcome.NO_ANSWER)
            elif call.phase is CallPhase.PLACING and call.rings_until <= now:
                self.client_does_not_answer(call, RingOutcome.NO_ANSWER)
            elif call.step is not None and call.step_until <= now and not call.connected:
                self.step_ends(call)

    # Commands

    def execute(self) -> None:
        """Carry out the oldest command."""
        order = self.orders.pop(0)
        match order:
            case Ring():
                self._ring(order)
            case PlaceCall():
                self._place(order)
            case HangUp():
                self._hang_up(order)
            case Play() | Ask() | Record() | DialOut():
                self._step(order)
            case Dress():
                pass
            case Hold():
                call = self.calls.get(order.call)
                if call is None or call.phase is not CallPhase.FALLBACK:
                    self._say(CommandFailed(self.server, order.call, None, "Hold", "no such channel", False))
                else:
                    self._hold(call)
            case Audit():
                if self.link:
                    self.wire.append(self.listing(None))

    def _ring(self, order: Ring) -> None:
        call = self.calls.get(order.call)
        if call is None:
            self._say(CommandFailed(self.server, order.call, order.offer, "Ring", "no such channel", False))
            return
        announced = call.phase is CallPhase.STEP and isinstance(call.step, Play)
        assert call.phase is CallPhase.WAITING or announced, f"a Redirect tore down {call}"
        self.rings += 1
        call.step = None
        call.shared = bool(order.also)
        self.shared_rings += call.shared
        wanted = (order.station, *order.also)
        there = [one for one in wanted if self.stations[one] is not StationState.UNAVAILABLE]
        if not there:
            station = SEVERAL if call.shared else order.station
            self._dial_over(call, station, RingOutcome.UNREACHABLE, 20)
            return
        call.phase = CallPhase.RINGING
        call.rings_until = self.now + order.seconds
        for station in there:
            leg = PbxLeg(leg_id(self.server, f"{self.now:.0f}.{next(self._ids)}"), station)
            call.legs.append(leg)
            self._say(LegStarted(self.server, call.call, leg.leg, station))
        for leg in tuple(call.legs):
            if self.stations[leg.station] is not StationState.IDLE:
                self.ring_fails(call, RingOutcome.BUSY, 17, call.legs.index(leg))
            else:
                self._station(leg.station, StationState.RINGING)
                self._say(LegRinging(self.server, call.call, leg.leg))

    def _hang_up(self, order: HangUp) -> None:
        call = self.calls.get(order.call)
        if call is None:
            self._say(CommandFailed(self.server, order.call, None, "HangUp", "no such channel", False))
        elif order.leg == order.call:
            self.caller_hangs_up(call)
        for index, leg in enumerate(() if call is None else tuple(call.legs)):
            if leg.leg == order.leg and call is not None:
                if leg.bridged:
                    self.agent_hangs_up(call)
                else:
                    self.ring_fails(call, RingOutcome.NO_ANSWER, 16, index)

    def listing(self, blind_from: float | None) -> ServerSynced:
        return ServerSynced(
            self.server,
            tuple(
                FoundCall(
                    call.call,
                    call.number,
                    "",
                    call.dialled,
                    call.phase,
                    call.attempt,
                    self.now - call.since,
                    tuple(
                        FoundLeg(leg.leg, leg.station, leg.bridged, "b" + call.call if leg.bridged else None)
                        for leg in call.legs
                    ),
                )
                for call in self.calls.values()
            ),
            tuple(self.stations.items()),
            blind_from,
        )
