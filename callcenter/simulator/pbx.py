"""The simulated PBX: an Asterisk 22 with our dialplan, as far as AMI shows it. No I/O and no clock.

Theory of operation. Whoever drives it calls ``advance(now)`` with epoch seconds, acts on it (an AMI action
through ``actions``, a caller or a phone by hand), and takes the events with ``drain()``. Everything that
happens later is a timer on its own heap; ``next_timer()`` says when to come back. Same inputs at the same
times give the same events.

What it does follows recordings of Asterisk 22.10 running the shipped ``config/asterisk``, and is held to them
by one contract test that runs against both (ADR 0005). Where Asterisk's threads may order two channels'
events either way, the order here is the one seen most often.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from callcenter.simulator.channels import RING, UNKNOWN, Bridge, Caller, Channel, Doing, Leg, Party
from callcenter.simulator.dialplan import Dialplan
from callcenter.simulator.fallback import FallbackQueue
from callcenter.simulator.outside import Outside
from callcenter.simulator.phones import Phone
from callcenter.simulator.shelf import Shelf
from callcenter.simulator.timers import Timer, TimerHeap
from callcenter.simulator.wire import Event, Wording, clean

HEARTBEAT_SECONDS = 15
"""Age of CC_HB beyond which the dialplan takes the server for dead (extensions.conf, cc-hold)."""
_FRONT_DOOR = re.compile(r"[+0-9].+\Z")
"""The pattern ``_[+0-9].`` of context cc-in."""


_Move: TypeAlias = tuple[Caller | Party, str, str]
"""A channel, and the context and extension that it is redirected to."""


@dataclass(slots=True)
class Counts:
    """What callers met since the PBX was switched on. ``answered`` counts conversations, ``lost`` callers who
    left without one, ``fallbacks`` the times that the fallback took somebody."""

    calls: int = 0
    answered: int = 0
    lost: int = 0
    fallbacks: int = 0


class SimulatedPbx:
    """One PBX with its trunk, stations and fallback queue.

    ``now`` is the epoch second it is switched on. ``speed`` is how many of its seconds pass in one of the
    wall clock's: only the heartbeat's age is counted in wall seconds, as the server writes those.
    ``fallback_members`` are stations that ring while no server is up. ``noise`` adds VarSet and Newexten,
    which the shipped event filter keeps away. ``prompt_seconds`` is the length of every prompt that was not
    put on the ``shelf``; ``None``: there is none.
    """

    def __init__(
        self,
        *,
        now: float,
        stations: Iterable[str],
        system_name: str = "",
        trunk: str = "trunk",
        ring_seconds: int = 20,
        moh_class: str = "default",
        fallback_members: Iterable[str] = (),
        noise: bool = False,
        speed: float = 1.0,
        prompt_seconds: float | None = None,
    ) -> None:
        self.now = now
        self.trunk = trunk
        self.moh_class = moh_class
        self.noise = noise
        self.wording = Wording(system_name)
        self.phones: dict[str, Phone] = {station: Phone(self, station) for station in stations}
        for phone in self.phones.values():
            phone.last_state = phone.state
        self.channels: dict[str, Channel] = {}
        """By Uniqueid, oldest first."""
        self.bridges: dict[str, Bridge] = {}
        self.globals: dict[str, str] = {"CC_RING": str(ring_seconds), "CC_MOH": moh_class}
        self.clock: Callable[[], float] | None = None
        """Set by a server that runs this PBX in real time, so that acts by hand happen at the right time."""
        self.wake: Callable[[], None] | None = None
        """Called after an act by hand: there are events to take, or an earlier timer."""
        self.dialplan = Dialplan(self)
        self.shelf = Shelf(prompt_seconds)
        self.outside = Outside(self)
        self.leaving: set[str] = set()
        """Uniqueids of callers whose hang-up is being told."""
        self.fallback = FallbackQueue(self, tuple(fallback_members))
        self.counts = Counts()
        self.live_calls = 0
        self._prefix = f"{system_name}-" if system_name else ""
        self._names: dict[str, Channel] = {}
        self._origin = now
        self.speed = speed
        self._timers = TimerHeap()
        self._out: list[Event] = []
        self._redirects: list[tuple[_Move, ...]] = []
        self._sequence = 0
        self._bridge_sequence = 0
        self._heartbeat_timer: Timer | None = None

    # ---- time and events ----

    def advance(self, now: float) -> None:
        """Let time pass until ``now``: timers run in order, each at its own time. Never goes back."""
        while (timer := self._timers.pop_due(now)) is not None:
            self.now = max(self.now, timer.at)
            timer.run()
        self.now = max(self.now, now)

    def next_timer(self) -> float | None:
        """When ``advance`` has something to do next; ``None`` when nothing is planned."""
        return self._timers.next()

    def drain(self) -> list[Event]:
        """The events since the last time, oldest first. Redirects accepted since then take effect here:
        Asterisk answers a Redirect before the channel's own thread follows it."""
        self.follow_redirects()
        events, self._out = self._out, []
        return events

    def follow_redirects(self) -> None:
        """Let the Redirects accepted so far take effect: a Hangup sent behind them finds them done."""
        while self._redirects:
            moves = self._redirects.pop(0)
            for channel, _, _ in moves:
                channel.redirecting = False
            # Two at once: neither takes the other away.
            if len(moves) == 2:
                self.dialplan.rooms.part(moves[0][0], moves[1][0])
            for channel, context, exten in moves:
                if self.channels.get(channel.uniqueid) is not channel:
                    continue
                if isinstance(channel, Caller):
                    self.dialplan.redirected(channel, context, exten)
                else:
                    self.dialplan.rooms.redirected(channel, context, exten)

    def after(self, seconds: float, act: Callable[[], None]) -> Timer:
        return self._timers.add(self.now + seconds, act)

    def emit(self, event: Event) -> None:
        self._out.append(event)

    def by_hand(self, act: Callable[[], None]) -> bool:
        """Do something a person does, now. Always ``True``, for the callers' convenience."""
        if self.clock is not None:
            self.advance(self.clock())
        act()
        if self.wake is not None:
            self.wake()
        return True

    # ---- people ----

    def call(
        self,
        number: str,
        name: str,
        dialled: str,
        *,
        patience: float | None = None,
        talk: float | None = None,
    ) -> str:
        """A customer calls ``dialled`` from the trunk; returns the Uniqueid.

        ``patience`` is seconds until he hangs up unless somebody answered, ``talk`` the seconds of
        conversation until he ends it; ``None`` means by hand. Raises ``ValueError`` for a number the front
        door does not take (Asterisk answers 404 and makes no channel).
        """
        made: list[str] = []
        self.by_hand(lambda: made.append(self.arrive(number, name, dialled, patience=patience, talk=talk)))
        return made[0]

    def arrive(
        self, number: str, name: str, dialled: str, *, patience: float | None, talk: float | None
    ) -> str:
        """``call`` at the present moment of the PBX: for acts that its own timers do."""
        if _FRONT_DOOR.match(dialled) is None:
            raise ValueError(f"context cc-in has no extension {dialled!r}")
        channel, uniqueid = self.new_ids(self.trunk)
        caller = Caller(channel, uniqueid, clean(number) or UNKNOWN, clean(name) or UNKNOWN)
        caller.state = RING
        caller.dnid = clean(dialled)
        caller.talk = talk
        if patience is not None:
            caller.patience = self.after(patience, lambda: self._out_of_patience(caller))
        self.add(caller)
        self.counts.calls += 1
        self.live_calls += 1
        self.dialplan.arrived(caller, caller.dnid)
        return uniqueid

    def hang_up(self, uniqueid: str) -> bool:
        """The person at that channel hangs up, caller or phone; ``False`` when it is gone already."""
        channel = self.channels.get(uniqueid)
        if isinstance(channel, Caller):
            caller = channel
            return self.by_hand(lambda: self.dialplan.caller_hung_up(caller))
        if isinstance(channel, Leg):
            leg = channel
            return self.by_hand(lambda: self.dialplan.phone_hung_up(leg))
        return False

    def press(self, uniqueid: str, keys: str) -> bool:
        """The person at that caller's channel presses keys; ``False`` when it is gone already."""
        caller = self.channels.get(uniqueid)
        if not isinstance(caller, Caller):
            return False
        return self.by_hand(lambda: self.dialplan.flow.press(caller, keys))

    def phone(self, station: str) -> Phone:
        """The phone of a station. Raises ``KeyError`` for one that does not exist."""
        return self.phones[station]

    # ---- what the dialplan and the manager interface need ----

    def find(self, channel: str) -> Channel | None:
        """A channel by its name or its Uniqueid, as AMI's Channel header takes both."""
        return self._names.get(channel) or self.channels.get(channel)

    def redirect(self, channel: Caller | Party, context: str, exten: str, extra: _Move | None = None) -> bool:
        """Accept a Redirect, also of two; it takes effect at the next ``drain``. ``False`` while another one
        is on its way, which Asterisk refuses as "channel not up"."""
        moves: tuple[_Move, ...] = ((channel, context, exten), *((extra,) if extra else ()))
        if any(one.redirecting for one, _, _ in moves):
            return False
        for one, _, _ in moves:
            one.redirecting = True
        self._redirects.append(moves)
        return True

    def add(self, channel: Channel) -> None:
        channel.created = self.now
        self.channels[channel.uniqueid] = channel
        self._names[channel.name] = channel

    def remove(self, channel: Channel) -> None:
        self.channels.pop(channel.uniqueid, None)
        self._names.pop(channel.name, None)

    def new_ids(self, peer: str) -> tuple[str, str]:
        """Name and Uniqueid of the next channel."""
        number = self._sequence
        self._sequence += 1
        return f"PJSIP/{peer}-{number & 0xFFFFFFFF:08x}", f"{self._prefix}{int(self.now)}.{number}"

    def new_bridge(self, room: str = "") -> Bridge:
        self._bridge_sequence += 1
        bridge = Bridge(self._bridge_sequence, room)
        self.bridges[bridge.id] = bridge
        return bridge

    def device_changed(self, phone: Phone) -> None:
        """Say the phone's device state, if it is another than last time."""
        state = phone.state
        if state != phone.last_state:
            phone.last_state = state
            self.emit(self.wording.device(phone.device, state))
            self.fallback.member_changed(phone)

    def trunk_state(self) -> str:
        return "INUSE" if self.live_calls else "NOT_INUSE"

    # ---- the heartbeat ----

    def set_global(self, variable: str, value: str) -> None:
        """Setvar without a channel. CC_HB is the server's heartbeat, in epoch seconds."""
        self.globals[variable] = value
        if variable == "CC_HB":
            if self._heartbeat_timer is not None:
                self._heartbeat_timer.cancel()
            # Whole seconds are compared, so the age exceeds the bound one second after reaching it.
            wall = self._heartbeat() + HEARTBEAT_SECONDS + 1
            away = max(0.0, self.at_wall(wall) - self.now)
            self._heartbeat_timer = self.after(away, self.dialplan.heartbeat_went_stale)

    def heartbeat_is_stale(self) -> bool:
        """``${EPOCH} - 0${GLOBAL(CC_HB)} > 15``."""
        # A timer set for the first stale second may come out a hair before it.
        return int(self.epoch() + 1e-3) - self._heartbeat() > HEARTBEAT_SECONDS

    def at_wall(self, wall: float) -> float:
        """The PBX's own time at a wall clock's."""
        return self._origin + (wall - self._origin) * self.speed

    def epoch(self) -> float:
        """What ``${EPOCH}`` reads: wall seconds, whatever the PBX's own speed."""
        return self._origin + (self.now - self._origin) / self.speed

    def _heartbeat(self) -> int:
        text = self.globals.get("CC_HB", "")
        return int(text) if text.isdecimal() else 0

    def _out_of_patience(self, caller: Caller) -> None:
        if caller.doing not in (
            Doing.TALKING,
            Doing.OUT_TALKING,
            Doing.QUEUE_TALKING,
            Doing.PARKED,
            Doing.IN_ROOM,
            Doing.GONE,
        ):
            self.dialplan.caller_hung_up(caller)
