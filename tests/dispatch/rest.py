"""That a model comes to rest: what would go on for ever fails, with the steps that led there."""

from __future__ import annotations

from callcenter.dispatch.inputs import Input, Tick
from callcenter.dispatch.options import Outcome

_MOST_COMMANDS = 2_000
"""In one moment; a storm of the models brings some dozens."""
_MOST_TICKS = 200
"""In one moment."""


class Rest:
    """Counts what the core asks for while the clock of the model stands still."""

    def __init__(self) -> None:
        self._now = 0.0
        self._commands = self._ticks = 0

    def note(self, given: Input, outcome: Outcome, now: float) -> None:
        if now != self._now:
            self._now, self._commands, self._ticks = now, 0, 0
        self._commands += len(outcome.commands)
        self._ticks += isinstance(given, Tick)
        assert self._commands < _MOST_COMMANDS, f"never comes to rest: {outcome.commands} after {given}"
        assert self._ticks < _MOST_TICKS, f"wants to be woken in the same moment again and again: {outcome}"
