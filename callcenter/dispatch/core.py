"""The core: one pure state machine that decides everything.

Theory of operation. ``handle`` takes one input (an event of a telephony server, a person's request, a result
it asked for, the time) and answers with what to do. It never waits, reads no clock and draws no chance, so
the same inputs give the same outcomes: an incident replays as a test, and another process takes over by being
told what the history knew (``Restored``) and what Asterisk has (``ServerSynced``).

The rooms: ``phone_events`` (what Asterisk tells), ``requests`` (what people ask), ``reconcile`` (our picture
against Asterisk's), ``restore`` (plan and history); beneath them ``offers``, ``talks`` and ``people`` (the
three machines), and ``desk`` (what all of them work on). After every input the routing engine is asked for
decisions, which become offers.

Promises, checked by ``calls.invariants``: an agent has at most one call, and at most one offer; a
Redirect is sent only for a caller on hold, and the next one only after Asterisk held him again; nothing is
routed on a server before it was listed.
"""

from __future__ import annotations

from callcenter.calls.control_requests import CallColleague, DialClient, HangUpColleague
from callcenter.calls.floor import Floor
from callcenter.calls.requests import (
    AcknowledgeCard,
    BrowserConnected,
    BrowserLost,
    CancelCallback,
    ChangeCallback,
    CloseWrapUp,
    DeclineOffer,
    EndCall,
    ExplainAgent,
    ExplainCall,
    ExtendWrapUp,
    LowerHand,
    PickClient,
    PromiseCallback,
    RaiseHand,
    ReadChat,
    Refusal,
    Refused,
    RemakeCards,
    Reply,
    ReportPhone,
    SendChat,
    SetIntent,
)
from callcenter.calls.restored import Restored
from callcenter.dispatch import (
    callback_requests,
    callbacks,
    chat,
    control,
    control_requests,
    due,
    flows,
    guests,
    hands,
    intercoms,
    offers,
    phone_events,
    promises,
    quarantine,
    reconcile,
    requests,
    restore,
    talks,
    why,
)
from callcenter.dispatch.desk import Desk
from callcenter.dispatch.inputs import CallbacksKept, ClaimAnswered, ClientFound, Input, PlanChanged, Tick
from callcenter.dispatch.options import CoreOptions, Outcome
from callcenter.dispatch.timers import TimerKind
from callcenter.telephony.events import (
    CallArrived,
    CallFellBack,
    CallHeld,
    CallParked,
    CommandFailed,
    ConsultEnded,
    DialFinished,
    IntercomDialled,
    LegBridged,
    LegEnded,
    LegRinging,
    LegStarted,
    LegUnbridged,
    LinkLost,
    OutsideLegStarted,
    PlaceFailed,
    RingEnded,
    ServerSynced,
    StationChanged,
    StepEnded,
)
from routing.ids import CallId, IntercomId, ServerId, call_of, intercom_of


class Core:
    """``handle`` is the one way in. The first input must be a ``PlanChanged``."""

    def __init__(self, options: CoreOptions | None = None) -> None:
        self._desk = Desk(options if options is not None else CoreOptions())
        self._desk.keep_place = callbacks.keep_place

    @property
    def floor(self) -> Floor:
        """The floor as it is; for reading only."""
        return self._desk.floor

    @property
    def desk(self) -> Desk:
        """The desk, for the invariants' check; for reading only."""
        return self._desk

    def handle(self, given: Input, now: float) -> Outcome:
        """Take in one input at this time (epoch seconds, never less than before).

        Raises ``InvariantError``, or any other error of ours, when a rule broke; the caller then hands the
        same input to ``quarantine``, which answers with what was decided before the break."""
        desk = self._desk
        desk.now = now
        desk.facts, desk.commands, desk.changed = [], [], {}
        reply: Reply | None = None
        match given:
            case LegStarted() | LegRinging() | LegBridged() | LegUnbridged() | LegEnded() | RingEnded() if (
                intercom := intercom_of(given.call)
            ) is not None:
                intercoms.heard(desk, given, intercom)
            case LegStarted():
                phone_events.leg_started(desk, given)
            case LegRinging():
                phone_events.leg_ringing(desk, given)
            case LegBridged():
                phone_events.leg_bridged(desk, given)
            case LegUnbridged():
                phone_events.leg_unbridged(desk, given)
            case LegEnded():
                phone_events.leg_ended(desk, given)
            case RingEnded():
                phone_events.ring_ended(desk, given)
            case DialFinished():
                phone_events.dial_finished(desk, given)
            case CallArrived():
                phone_events.call_arrived(desk, given)
            case CallHeld():
                phone_events.call_held(desk, given)
            case StationChanged():
                phone_events.station_changed(desk, given)
            case ClientFound():
                talks.client_found(desk, given)
                flows.client_found(desk, given)
            case Tick():
                pass
            case AcknowledgeCard():
                reply = requests.acknowledge_card(desk, given)
            case CloseWrapUp():
                reply = requests.close_wrap_up(desk, given)
            case ExtendWrapUp():
                reply = requests.extend_wrap_up(desk, given)
            case SetIntent():
                reply = requests.set_intent(desk, given)
            case BrowserConnected():
                reply = requests.browser_connected(desk, given)
            case BrowserLost():
                reply = requests.browser_lost(desk, given)
            case ReportPhone():
                reply = requests.report_phone(desk, given)
            case DeclineOffer():
                reply = requests.decline_offer(desk, given)
            case EndCall():
                reply = requests.end_call(desk, given)
            case PickClient():
                reply = requests.pick_client(desk, given)
            case RemakeCards():
                reply = requests.remake_cards(desk, given)
            case ExplainCall():
                reply = why.explain_call(desk, given)
            case ExplainAgent():
                reply = why.explain_agent(desk, given)
            case CallFellBack():
                phone_events.call_fell_back(desk, given)
            case OutsideLegStarted():
                phone_events.outside_leg_started(desk, given)
            case CallParked():
                control.caller_parked(desk, given)
            case ConsultEnded():
                guests.consult_ended(desk, given)
            case IntercomDialled():
                intercoms.heard(desk, given, IntercomId(given.call))
            case StepEnded():
                phone_events.step_ended(desk, given)
            case PlaceFailed():
                callbacks.place_failed(desk, given)
            case CallbacksKept():
                callbacks.adopt(desk, given)
            case ClaimAnswered():
                callbacks.claim_answered(desk, given)
            case PromiseCallback():
                reply = callback_requests.promise_callback(desk, given)
            case ChangeCallback():
                reply = callback_requests.change_callback(desk, given)
            case CancelCallback():
                reply = callback_requests.cancel_callback(desk, given)
            case SendChat():
                reply = chat.send(desk, given)
            case ReadChat():
                reply = chat.read(desk, given)
            case RaiseHand():
                reply = hands.raise_hand(desk, given)
            case LowerHand():
                reply = hands.lower_hand(desk, given)
            case CommandFailed():
                phone_events.command_failed(desk, given)
            case LinkLost():
                reconcile.link_lost(desk, given)
            case ServerSynced():
                reconcile.server_synced(desk, given)
            case PlanChanged():
                restore.plan_changed(desk, given)
            case Restored():
                restore.restored(desk, given)
            case _:
                reply = control_requests.handle(desk, given)
        flows.look_at_deserted(desk)
        due.handle(desk)
        _route(desk)
        return self._outcome(reply)

    def quarantine(self, given: Input, error: Exception, now: float) -> Outcome:
        """After ``handle`` raised for this input: take the call it was about out of routing, free its agent
        as far as possible, and have Asterisk listed. Never raises.

        The outcome includes the facts and commands from before the break: the floor has them.
        """
        desk = self._desk
        desk.now = now
        quarantine.take_out(desk, _subject(desk, given), type(given).__name__, error)
        refused = Refused(
            Refusal.NOT_ALLOWED_NOW, "an internal rule broke; the call was taken out of routing"
        )
        return self._outcome(refused)

    def audit(self, server: ServerId, now: float) -> Outcome:
        """Have a server listed out of turn, because its events were lost on their way here."""
        desk = self._desk
        desk.now = now
        desk.facts, desk.commands, desk.changed = [], [], {}
        desk.audit(server)
        return self._outcome(None)

    def _outcome(self, reply: Reply | None) -> Outcome:
        desk = self._desk
        return Outcome(
            tuple(desk.commands), tuple(desk.facts), reply, desk.timers.next(), tuple(desk.changed)
        )


def _route(desk: Desk) -> None:
    """Turn what the engine decides into offers, and wake up when it wants to decide again."""
    decisions = desk.engine.decide(desk.now)
    while decisions.made:
        # After a piece of more work (``retry_at`` is now) other inputs come first; see ``Engine``.
        enough = decisions.retry_at is not None and decisions.retry_at <= desk.now
        for decision in decisions.made:
            try:
                if promises.in_line(desk, decision.call) is not None:
                    callbacks.chosen(desk, decision)
                else:
                    offers.make(desk, decision)
            except Exception as error:
                quarantine.take_out(desk, decision.call, "offer", error)
        if enough:
            break
        decisions = desk.engine.decide(desk.now)
    if decisions.retry_at is None:
        desk.timers.cancel(TimerKind.ROUTING, "")
    else:
        desk.timers.set(TimerKind.ROUTING, "", decisions.retry_at)


def _subject(desk: Desk, given: Input) -> CallId | None:
    """The call that an input is about."""
    match given:
        case AcknowledgeCard() | DeclineOffer():
            return call_of(given.offer)
        case ClientFound() | EndCall() | CloseWrapUp() | ExtendWrapUp() | PickClient() | CommandFailed():
            return given.call
        case CallArrived() | CallHeld() | CallFellBack() | RingEnded() | DialFinished():
            return given.call
        case StepEnded() | PlaceFailed() | ClaimAnswered():
            return given.call
        case (
            PromiseCallback()
            | ChangeCallback()
            | CancelCallback()
            | CallbacksKept()
            | RemakeCards()
            | ExplainCall()
            | ExplainAgent()
            | SendChat()
            | ReadChat()
            | RaiseHand()
            | LowerHand()
        ):
            return None
        case LegStarted() | LegRinging() | LegBridged() | LegUnbridged() | LegEnded():
            return given.call
        case CallParked() | OutsideLegStarted() | ConsultEnded() | IntercomDialled():
            return given.call
        case DialClient() | CallColleague() | HangUpColleague():
            return None
        case SetIntent() | BrowserConnected() | BrowserLost() | ReportPhone():
            seat = desk.seat(given.agent)
            return None if seat is None else seat.call
        case Tick() | PlanChanged() | Restored() | StationChanged() | LinkLost() | ServerSynced():
            return None
        case _:
            return given.call
