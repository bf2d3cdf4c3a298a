"""From changed keys to updates for browsers: views encoded once, and the cards beside their calls.

A card is shown to the agent a call is offered to or who is engaged with it, from when both are known until
the call's entity ends or moves on to somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from callcenter.calls.floor import Floor
from callcenter.calls.projection import NOBODY, Shown, project
from callcenter.calls.views import (
    AgentView,
    CallView,
    ChatMarksView,
    ChatView,
    ColleagueView,
    EntityUpdate,
    IntercomView,
    QueueView,
    ServerView,
    card_key,
)
from callcenter.dispatch.gathered import Gathered
from routing.ids import AgentId, CallId

_ENCODERS: dict[type[Any], TypeAdapter[Any]] = {
    cls: TypeAdapter(cls)
    for cls in (
        AgentView,
        CallView,
        QueueView,
        ServerView,
        ColleagueView,
        IntercomView,
        ChatView,
        ChatMarksView,
    )
}


@dataclass(slots=True)
class _Card:
    document: bytes
    shown_to: frozenset[AgentId] = NOBODY


class Pictures:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._cards: dict[CallId, _Card] = {}
        self._gathered = Gathered(floor)

    def keep_card(self, call: CallId, document: bytes) -> bool:
        """A card was made, or made anew; false when its call is gone. Update the call's key to show it."""
        if call not in self._floor.calls:
            return False
        # The card is JSON already and is only put in its frame, never parsed.
        document = b'{"kind":"card","call":%b,"card":%b}' % (json.dumps(call).encode(), document)
        known = self._cards.get(call)
        if known is None or known.document != document:
            self._cards[call] = _Card(document)  # shown to nobody: it is sent anew
        return True

    def updates(self, keys: Iterable[str], now: float) -> list[EntityUpdate]:
        """The updates for these entities and the cards that follow from them, in order; not those that are
        gathered, which ``gathered`` gives in their time."""
        updates: list[EntityUpdate] = []
        for shown in project(self._floor, [key for key in keys if not self._gathered.takes(key, now)]):
            updates.append(_encoded(shown))
            if shown.key.startswith("call/"):
                call = CallId(shown.key.removeprefix("call/"))
                # A parked call is shown to everyone, its card to nobody.
                self._update_card(call, None if shown.view is None else shown.audience or NOBODY, updates)
        return updates

    def gathered(self, now: float) -> list[EntityUpdate]:
        """The updates of what everyone sees, once it is time."""
        return [_encoded(shown) for shown in self._gathered.take(now)]

    @property
    def due_at(self) -> float | None:
        """When ``gathered`` has something to give."""
        return self._gathered.due_at

    def _update_card(
        self, call: CallId, audience: frozenset[AgentId] | None, updates: list[EntityUpdate]
    ) -> None:
        card = self._cards.get(call)
        if card is None:
            return
        wanted = audience or NOBODY
        if wanted != card.shown_to:
            if wanted:
                updates.append(EntityUpdate(card_key(call), card.document, wanted))
            else:
                updates.append(EntityUpdate(card_key(call), None, card.shown_to))
            card.shown_to = wanted
        if audience is None:
            del self._cards[call]


def _encoded(shown: Shown) -> EntityUpdate:
    view = shown.view
    document = None if view is None else _ENCODERS[type(view)].dump_json(view)
    return EntityUpdate(shown.key, document, shown.audience, shown.private)
