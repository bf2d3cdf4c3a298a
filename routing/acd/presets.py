"""Ready settings of ``Scoring``, for those who don't want to think in worths."""

from __future__ import annotations

from dataclasses import dataclass

from routing.acd.model import Preset, Scoring


@dataclass(frozen=True, slots=True)
class Ready:
    """``use`` says in one sentence when to take it."""

    scoring: Scoring
    use: str


PRESETS: dict[Preset, Ready] = {
    Preset.BALANCED: Ready(
        Scoring(need=1.0, promise=0.0, ageing=0.001, spare=1.0, skill=0.05, longest_wait=900),
        "The fewest and least valuable calls lost over all queues together; take it unless you know better.",
    ),
    Preset.FIRST_COME: Ready(
        Scoring(need=0.0, promise=0.0, ageing=1.0, spare=0.0, skill=0.05, longest_wait=900),
        "The longest wait first, whatever the queue is worth, nobody held back: when callers compare notes.",
    ),
    Preset.PROMISES: Ready(
        Scoring(need=0.2, promise=1.0, ageing=0.01, spare=0.2, skill=0.05, longest_wait=600),
        "The call nearest to breaking its queue's promised wait first: when a contract fixes service levels.",
    ),
    Preset.VALUE: Ready(
        Scoring(need=2.0, promise=0.2, ageing=0.001, spare=2.0, skill=0.05, longest_wait=1800),
        "Valuable queues and clients first, and agents kept free for them: when few calls bring most income.",
    ),
}
