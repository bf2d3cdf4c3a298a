"""Who is rung together with the agent of a match, in a queue that rings all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from routing.acd.decisions import Rung
from routing.acd.explain import Why
from routing.acd.lines import Lines
from routing.acd.matching import Matcher, Pair
from routing.acd.model import MOST_RUNG


def rung_with(
    first: Pair, why: Why, lines: Lines, matcher: Matcher, take: Callable[[Pair, float], None], now: float
) -> tuple[tuple[Rung, ...], Why]:
    """The others of ``first``, whom ``take`` has made busy as it makes these, and its ``why`` for a decision
    of all of them. One is found after the other, as if each were the only one, so that reserves and the
    queue's most at once hold. The call must still stand in its lanes."""
    taken: list[tuple[Pair, float]] = []
    keys = [lane.key for lane in lines.of(first.call.call)]
    while len(taken) + 1 < MOST_RUNG:
        pairs = [matcher.best_for(first.call, key, now).pair for key in keys]
        best = min((pair for pair in pairs if pair is not None), key=lambda pair: pair.rank, default=None)
        idle_since = None if best is None else best.hand.idle_since
        if best is None or idle_since is None:
            break
        taken.append((best, idle_since))
        take(best, now)
    names = {pair.hand.id for pair, _ in taken}
    others = tuple(one for one in why.runners_up if one.agent not in names)
    why = replace(why, runners_up=others, together=1 + len(taken))
    return tuple(
        Rung(pair.hand.id, idle_since, replace(why, score=pair.score)) for pair, idle_since in taken
    ), why
