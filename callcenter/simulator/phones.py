"""Simulated phones: what each does with an INVITE, by plan or told by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from callcenter.simulator.channels import RINGING, UP, Leg

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx


@dataclass(frozen=True, slots=True)
class RingPlan:
    """What a phone does with one INVITE; times are seconds. By default it rings at once until told more.

    ``ring_after`` is the time to its 180 (``None``: it never sends one). ``answer_after`` and
    ``decline_after`` count from the INVITE, ``hang_up_after`` from its answer. ``decline_code`` is the SIP
    code it refuses with: 486, 600, 603, 480, 404 or 503.
    """

    ring_after: float | None = 0.0
    answer_after: float | None = None
    decline_after: float | None = None
    decline_code: int = 486
    hang_up_after: float | None = None


RINGS = RingPlan()
IGNORES = RingPlan(ring_after=None)
DECLINES = RingPlan(decline_after=0.0)

Planner: TypeAlias = Callable[[], RingPlan]


class Phone:
    """One station's phone. It takes one conversation at a time and says 486 to a second INVITE, as most desk
    phones do with call waiting off; ``one_line = False`` lets it ring on.

    ``plan`` may be a plan or a function that gives one for each INVITE; set it at any time.
    """

    def __init__(self, pbx: SimulatedPbx, station: str, *, registered: bool = True) -> None:
        self.station = station
        self.registered = registered
        self.plan: RingPlan | Planner = RINGS
        self.one_line = True
        self.auto_answers = False
        """Whether it answers by itself when an INVITE asks it to."""
        self.legs: list[Leg] = []
        """Its channels, oldest first."""
        self.last_state = ""
        self._pbx = pbx

    @property
    def device(self) -> str:
        return f"PJSIP/{self.station}"

    @property
    def state(self) -> str:
        """Asterisk's device state. A channel that has sent no 180 yet does not count (seen)."""
        ringing = any(leg.state == RINGING for leg in self.legs)
        if any(leg.state == UP for leg in self.legs):
            return "RINGINUSE" if ringing else "INUSE"
        if ringing:
            return "RINGING"
        return "NOT_INUSE" if self.registered else "UNAVAILABLE"

    @property
    def ringing_leg(self) -> Leg | None:
        """The oldest channel not answered yet."""
        return next((leg for leg in self.legs if leg.state != UP), None)

    @property
    def talking_leg(self) -> Leg | None:
        return next((leg for leg in self.legs if leg.state == UP), None)

    def next_plan(self) -> RingPlan:
        """What to do with the INVITE that just came."""
        if self.one_line and self.talking_leg is not None:
            return DECLINES
        return self.plan if isinstance(self.plan, RingPlan) else self.plan()

    def ring(self) -> bool:
        """Send 180 now; ``False`` when nothing is calling."""
        leg = next((leg for leg in self.legs if leg.state not in (UP, RINGING)), None)
        return leg is not None and self._pbx.by_hand(lambda: self._pbx.dialplan.rings(leg))

    def answer(self) -> bool:
        """Lift the handset; ``False`` when nothing is calling, which a crossing makes possible."""
        leg = self.ringing_leg
        return leg is not None and self._pbx.by_hand(lambda: self._pbx.dialplan.answered(leg))

    def decline(self, code: int = 486) -> bool:
        """Refuse the call with a SIP code; ``False`` when nothing is calling."""
        leg = self.ringing_leg
        return leg is not None and self._pbx.by_hand(lambda: self._pbx.dialplan.refused(leg, code))

    def hang_up(self) -> bool:
        """End the conversation; ``False`` when there is none."""
        leg = self.talking_leg
        return leg is not None and self._pbx.by_hand(lambda: self._pbx.dialplan.phone_hung_up(leg))

    def register(self) -> None:
        """Become reachable. Nothing changes for calls that are on."""
        self._register(True)

    def unregister(self) -> None:
        """Become unreachable for new calls; a conversation goes on."""
        self._register(False)

    def _register(self, registered: bool) -> None:
        def act() -> None:
            self.registered = registered
            self._pbx.device_changed(self)

        self._pbx.by_hand(act)
