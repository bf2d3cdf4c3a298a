"""The world outside a simulated PBX's trunk: whoever is dialled there, by plan or told by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from callcenter.simulator.channels import Caller, OutLeg
from callcenter.simulator.phones import RINGS, RingPlan

if TYPE_CHECKING:
    from callcenter.simulator.pbx import SimulatedPbx
    from callcenter.simulator.timers import Timer

OutsidePlanner: TypeAlias = Callable[[str], RingPlan]
"""What the owner of a number does with a call."""


class Dialled:
    """One number that was dialled: its channel is a leg of a call, or a call that we placed."""

    def __init__(self, number: str, channel: OutLeg | Caller) -> None:
        self.number = number
        self.channel = channel
        self.answered = False
        self.hang_up_after: float | None = None
        self.timers: list[Timer] = []
        """What the owner means to do, and the ring timeout."""

    def quiet(self) -> None:
        """Nothing of it will happen by itself any more."""
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()


class Outside:
    """Everybody who can be dialled. ``plan`` may be a plan or a function of the number; set it at any
    time."""

    def __init__(self, pbx: SimulatedPbx) -> None:
        self.plan: RingPlan | OutsidePlanner = RINGS
        self.dialled: list[Dialled] = []
        """Who rings or talks, oldest first."""
        self._pbx = pbx

    @property
    def ringing(self) -> str | None:
        """The number that rings and was dialled last; ``None`` when none does."""
        found = self._ringing()
        return None if found is None else found.number

    def dial(self, number: str, channel: OutLeg | Caller, seconds: float) -> Dialled:
        """The INVITE goes out; it is given up after ``seconds``."""
        pbx, flow = self._pbx, self._pbx.dialplan.flow
        one = Dialled(number, channel)
        self.dialled.append(one)
        plan = self.plan if isinstance(self.plan, RingPlan) else self.plan(number)
        one.hang_up_after = plan.hang_up_after
        one.timers.append(pbx.after(seconds, lambda: flow.outside_timed_out(one)))
        if plan.ring_after is not None and plan.decline_after != 0.0:
            one.timers.append(pbx.after(plan.ring_after, lambda: flow.outside_rings(one)))
        if plan.decline_after is not None:
            code = plan.decline_code
            one.timers.append(pbx.after(plan.decline_after, lambda: flow.outside_refused(one, code)))
        elif plan.answer_after is not None:
            one.timers.append(pbx.after(plan.answer_after, lambda: self._answered(one)))
        return one

    def forget(self, one: Dialled) -> None:
        """It is over."""
        one.quiet()
        if one in self.dialled:
            self.dialled.remove(one)

    def of(self, channel: OutLeg | Caller) -> Dialled | None:
        return next((one for one in self.dialled if one.channel is channel), None)

    def answer(self) -> bool:
        """Whoever rings answers; ``False`` when nobody does."""
        one = self._ringing()
        return one is not None and self._pbx.by_hand(lambda: self._answered(one))

    def decline(self, code: int = 486) -> bool:
        """Whoever rings refuses with a SIP code; ``False`` when nobody rings."""
        one, flow = self._ringing(), self._pbx.dialplan.flow
        return one is not None and self._pbx.by_hand(lambda: flow.outside_refused(one, code))

    def hang_up(self) -> bool:
        """Whoever answered last ends the conversation; ``False`` when there is none."""
        one, flow = self._talking(), self._pbx.dialplan.flow
        return one is not None and self._pbx.by_hand(lambda: flow.outside_hung_up(one))

    def press(self, keys: str) -> bool:
        """Whoever answered last presses keys; ``False`` when nobody did."""
        one = self._talking()
        return one is not None and self._pbx.press(one.channel.uniqueid, keys)

    def _answered(self, one: Dialled) -> None:
        flow = self._pbx.dialplan.flow
        one.quiet()
        one.answered = True
        if one.hang_up_after is not None:
            one.timers.append(self._pbx.after(one.hang_up_after, lambda: flow.outside_hung_up(one)))
        flow.outside_answered(one)

    def _ringing(self) -> Dialled | None:
        return next((one for one in reversed(self.dialled) if not one.answered), None)

    def _talking(self) -> Dialled | None:
        return next((one for one in reversed(self.dialled) if one.answered), None)
