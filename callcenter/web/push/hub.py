"""The live picture of one node, and what each viewer is sent of it. Pure: no socket, no task, no clock.

Theory of operation. The site tells the hub a whole picture (a reset) and then changes, each with its
position in the stream. A viewer's replica at position *s* is by definition the picture at *s* filtered by
``visible``; everything here follows from that:

* a change is sent to those who may see the entity as it is now; who could see it before and may not now
  is sent its removal. So each kept change remembers the audience before it (``_Step.before``), and no set
  of keys per viewer is needed: it would be the filtered picture once more, a copy for every socket;
* resuming from *s* is sending the steps after *s*, judged the same way; the last of each key is enough,
  with the audience before the first. When *s* has left the ring, or the epoch is another one, the viewer
  needs a snapshot;
* an epoch as told to browsers also names the viewer's scope, so that a tab in which someone else signed in
  (or whose user changed the role) cannot resume a picture that was filtered for another.

An entity comes encoded and is never parsed or encoded again: messages are spliced from bytes, once for all
viewers who are sent the same.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias, assert_never

from callcenter.calls.views import EntityUpdate
from callcenter.errors import InvariantError
from callcenter.live.ports import PictureChanged, PictureMessage, PictureReset, Position
from routing.ids import AgentId


class _Absent:
    """No such entity (an audience of ``None`` means everyone)."""


_ABSENT = _Absent()
_Audience: TypeAlias = frozenset[AgentId] | None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose eyes: an agent's (or nobody's), or those of someone who sees everything but what is ``private``.
    ``login`` is whose they are; an agent's is his id."""

    agent: AgentId | None
    everything: bool
    login: str = ""

    @property
    def name(self) -> str:
        """Under which private things are his; those who see everything are told apart by it alone."""
        return self.login or ("" if self.everything else self.agent or "")

    @property
    def scope(self) -> str:
        """Viewers of one scope see the same, always."""
        whose = f"@{self.name}" if self.name else ""
        return f"*{whose}" if self.everything else whose


def visible(viewer: Viewer, audience: frozenset[AgentId] | None, private: bool = False) -> bool:
    """Whether a viewer may see an entity of this audience. The one place that decides it."""
    if private:
        return audience is not None and viewer.name in audience
    return viewer.everything or audience is None or viewer.agent in audience


def _seen(viewer: Viewer, audience: _Audience | _Absent, private: bool) -> bool:
    return not isinstance(audience, _Absent) and visible(viewer, audience, private)


@dataclass(frozen=True, slots=True)
class _Entity:
    document: bytes
    audience: _Audience
    private: bool


@dataclass(frozen=True, slots=True)
class _Step:
    """One change of one key. ``before`` and ``after`` are the audiences then; absent when there was, or
    is, no entity; ``private*`` belong to them. ``shown`` and ``removed`` are its two ways into a message."""

    key: str
    before: _Audience | _Absent
    after: _Audience | _Absent
    shown: bytes
    removed: bytes
    private_before: bool = False
    private: bool = False


class Delta:
    """One change of the picture, ready to be sent to anybody."""

    def __init__(self, seq: int, steps: tuple[_Step, ...]) -> None:
        self.seq = seq
        self._steps = steps
        self._made: dict[str, bytes | None] = {}
        self._named: frozenset[AgentId] = frozenset(
            chain.from_iterable(
                audience
                for step in steps
                for audience in (step.before, step.after)
                if isinstance(audience, frozenset)
            )
        )

    def message_for(self, viewer: Viewer) -> bytes | None:
        """The message for this viewer, ``None`` when nothing of it is his to see. Those who see the same
        are given the same bytes."""
        named = viewer.name in self._named or viewer.agent in self._named
        scope = viewer.scope if named else "*" if viewer.everything else ""
        if scope not in self._made:
            self._made[scope] = _changes(self.seq, _fragments(viewer, self._steps))
        return self._made[scope]


def _fragments(viewer: Viewer, steps: Iterable[_Step]) -> list[bytes]:
    fragments = []
    for step in steps:
        if _seen(viewer, step.after, step.private):
            fragments.append(step.shown)
        elif _seen(viewer, step.before, step.private_before):
            fragments.append(step.removed)
    return fragments


def _changes(seq: int, fragments: list[bytes]) -> bytes | None:
    if not fragments:
        return None
    return b'{"type":"changes","seq":%d,"changes":[%s]}' % (seq, b",".join(fragments))


def advance(seq: int) -> bytes:
    """Nothing to show, but the position moved on: keeps a quiet viewer within the ring."""
    return b'{"type":"changes","seq":%d,"changes":[]}' % seq


class Hub:
    """``ring`` is how many changes are kept for those who resume."""

    def __init__(self, ring: int) -> None:
        self._limit = ring
        self._entities: dict[str, _Entity] = {}
        self._position: Position | None = None
        self._ring: deque[Delta] = deque()
        self._base = 0  # the position before the oldest change of the ring
        self._kept = 0
        self._snapshots: dict[str, bytes] = {}

    @property
    def position(self) -> Position | None:
        """Where the picture is; ``None`` until the site told one."""
        return self._position

    def apply(self, message: PictureMessage) -> Delta | None:
        """Take a message of the site. Gives what to send, or ``None`` after a reset: everyone needs a
        snapshot then.

        Raises ``InvariantError`` for a change that does not follow: subscribe again to get a reset.
        """
        self._snapshots.clear()
        match message:
            case PictureReset():
                self._reset(message)
                return None
            case PictureChanged():
                return self._change(message)
            case _:
                assert_never(message)

    def _reset(self, message: PictureReset) -> None:
        self._position = message.position
        self._entities = {
            update.key: _Entity(update.document, update.audience, update.private)
            for update in message.entities
            if update.document is not None
        }
        self._ring.clear()
        self._kept = 0
        self._base = message.position.seq

    def _change(self, message: PictureChanged) -> Delta:
        here = self._position
        if here is None or here.epoch != message.position.epoch or here.seq >= message.position.seq:
            raise InvariantError(f"a change at {message.position} does not follow {here}")
        delta = Delta(message.position.seq, tuple(self._step(update) for update in message.updates))
        self._position = message.position
        self._ring.append(delta)
        self._kept += len(message.updates)
        while self._kept > self._limit:
            oldest = self._ring.popleft()
            self._kept -= len(oldest._steps)
            self._base = oldest.seq
        return delta

    def _step(self, update: EntityUpdate) -> _Step:
        old = self._entities.get(update.key)
        before: _Audience | _Absent = _ABSENT if old is None else old.audience
        was_private = old is not None and old.private
        key = json.dumps(update.key).encode()
        removed = b'{"key":%s,"entity":null}' % key
        if update.document is None:
            self._entities.pop(update.key, None)
            return _Step(update.key, before, _ABSENT, removed, removed, was_private)
        self._entities[update.key] = _Entity(update.document, update.audience, update.private)
        shown = b'{"key":%s,"entity":%s}' % (key, update.document)
        return _Step(update.key, before, update.audience, shown, removed, was_private, update.private)

    def snapshot(self, viewer: Viewer) -> bytes | None:
        """Everything that the viewer may see; ``None`` until the site told a picture."""
        if self._position is None:
            return None
        made = self._snapshots.get(viewer.scope)
        if made is None:
            made = self._snapshots[viewer.scope] = self._snapshot(viewer, self._position)
        return made

    def _snapshot(self, viewer: Viewer, position: Position) -> bytes:
        entities = b",".join(
            b"%s:%s" % (json.dumps(key).encode(), entity.document)
            for key, entity in self._entities.items()
            if visible(viewer, entity.audience, entity.private)
        )
        epoch = json.dumps(_epoch_for(viewer, position)).encode()
        return b'{"type":"snapshot","epoch":%s,"seq":%d,"entities":{%s}}' % (epoch, position.seq, entities)

    def resume(self, viewer: Viewer, epoch: str, seq: int) -> bytes | None:
        """The changes after ``seq`` in one message (an empty one when there are none), or ``None`` when
        only a snapshot will do."""
        here = self._position
        if here is None or epoch != _epoch_for(viewer, here) or not self._base <= seq <= here.seq:
            return None
        last: dict[str, _Step] = {}
        for delta in self._ring:
            if delta.seq <= seq:
                continue
            for step in delta._steps:
                earlier = last.pop(step.key, None)
                last[step.key] = step if earlier is None else _joined(earlier, step)
        return _changes(here.seq, _fragments(viewer, last.values())) or advance(here.seq)

    def document(self, key: str) -> bytes | None:
        """An entity as JSON, whoever asks."""
        entity = self._entities.get(key)
        return None if entity is None else entity.document

    def documents(self, prefix: str) -> Iterator[bytes]:
        """The entities whose keys begin so, as JSON, whoever asks."""
        for key, entity in self._entities.items():
            if key.startswith(prefix) and entity.document is not None:
                yield entity.document


def _joined(earlier: _Step, later: _Step) -> _Step:
    return _Step(
        later.key,
        earlier.before,
        later.after,
        later.shown,
        later.removed,
        earlier.private_before,
        later.private,
    )


def _epoch_for(viewer: Viewer, position: Position) -> str:
    return f"{position.epoch}/{viewer.scope}"
