"""The hub: whatever happens, a viewer's replica is the filtered picture."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from callcenter.calls.views import EntityUpdate
from callcenter.errors import InvariantError
from callcenter.live.ports import PictureChanged, PictureReset, Position
from callcenter.web.push.hub import Hub, Viewer, visible
from routing.ids import AgentId

from .fakes import entity, gone

ANNA, BORIS = Viewer(AgentId("anna"), everything=False), Viewer(AgentId("boris"), everything=False)
CHIEF, NOBODY = Viewer(None, everything=True), Viewer(None, everything=False)
AGENT_CHIEF = Viewer(AgentId("anna"), everything=True)
SVETA = Viewer(None, everything=True, login="sveta")
VIEWERS = (ANNA, BORIS, CHIEF, NOBODY, AGENT_CHIEF, SVETA)


class Replica:
    """What a browser makes of the messages."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.epoch = ""
        self.seq = -1
        self.entities: dict[str, Any] = {}

    def take(self, frame: bytes | None) -> None:
        if frame is None:
            return
        message = json.loads(frame)
        if message["type"] == "snapshot":
            self.epoch, self.entities = message["epoch"], message["entities"]
        else:
            assert message["seq"] >= self.seq
            for change in message["changes"]:
                if change["entity"] is None:
                    # a removal is sent only to whoever had the entity
                    assert change["key"] in self.entities
                    del self.entities[change["key"]]
                else:
                    self.entities[change["key"]] = change["entity"]
        self.seq = message["seq"]


def filtered(picture: dict[str, EntityUpdate], viewer: Viewer) -> dict[str, Any]:
    return {
        key: json.loads(update.document or b"null")
        for key, update in picture.items()
        if visible(viewer, update.audience, update.private)
    }


def started(ring: int = 100) -> Hub:
    hub = Hub(ring)
    hub.apply(PictureReset(Position("1", 0), ()))
    return hub


def change(hub: Hub, seq: int, *updates: EntityUpdate) -> Any:
    return hub.apply(PictureChanged(Position("1", seq), updates))


def test_visibility() -> None:
    everyone, annas = None, frozenset({AgentId("anna")})
    assert [visible(viewer, everyone) for viewer in VIEWERS] == [True] * 6
    assert [visible(viewer, annas) for viewer in VIEWERS] == [True, False, True, False, True, True]
    assert [visible(viewer, frozenset()) for viewer in VIEWERS] == [False, False, True, False, True, True]


def test_what_is_private_is_its_peoples_alone() -> None:
    """Also not of those who see everything, and never in a message made for several."""
    hub, both = started(), frozenset({AgentId("anna"), AgentId("sveta")})
    told = EntityUpdate("chat/direct:anna:sveta", b'{"n": 1}', both, private=True)
    delta = change(hub, 1, told, entity("queue/a", n=1))
    for viewer in VIEWERS:
        mine = viewer in (ANNA, SVETA)
        assert (b"direct:anna" in (delta.message_for(viewer) or b"")) is mine
        assert (b"direct:anna" in (hub.snapshot(viewer) or b"")) is mine
    other = Viewer(None, everything=True, login="root")
    assert delta.message_for(other) is delta.message_for(CHIEF)
    assert hub.resume(other, "1/*@sveta", 0) is None


def test_leaving_the_audience_is_a_removal() -> None:
    hub = started()
    change(hub, 1, entity("call/1", ["anna"], n=1))
    delta = change(hub, 2, entity("call/1", ["boris"], n=2))
    assert json.loads(delta.message_for(ANNA))["changes"] == [{"key": "call/1", "entity": None}]
    assert json.loads(delta.message_for(BORIS))["changes"] == [{"key": "call/1", "entity": {"n": 2}}]
    assert json.loads(delta.message_for(CHIEF))["changes"] == [{"key": "call/1", "entity": {"n": 2}}]
    assert delta.message_for(NOBODY) is None


def test_an_end_is_told_to_those_who_saw_it() -> None:
    hub = started()
    change(hub, 1, entity("call/1", ["anna"], n=1))
    delta = change(hub, 2, gone("call/1"), gone("call/never"))
    assert json.loads(delta.message_for(ANNA))["changes"] == [{"key": "call/1", "entity": None}]
    assert delta.message_for(BORIS) is None


def test_those_who_see_the_same_are_given_the_same_bytes() -> None:
    hub = started()
    delta = change(hub, 2, entity("queue/a", n=1), entity("call/1", ["anna"], n=2))
    crowd = [Viewer(AgentId(f"agent{n}"), everything=False) for n in range(5)]
    assert len({id(delta.message_for(viewer)) for viewer in (*crowd, NOBODY)}) == 1
    assert delta.message_for(ANNA) is not delta.message_for(crowd[0])
    assert hub.snapshot(CHIEF) is hub.snapshot(AGENT_CHIEF)


def test_documents_are_spliced_untouched() -> None:
    hub = started()
    odd = b'{"b" : 1.50,\n"a":"\\u00e9"}'
    delta = hub.apply(PictureChanged(Position("1", 1), (EntityUpdate('k"\n', odd, None),)))
    assert delta is not None
    assert odd in (delta.message_for(NOBODY) or b"")
    assert odd in (hub.snapshot(NOBODY) or b"")
    assert json.loads(hub.snapshot(NOBODY) or b"")["entities"] == {'k"\n': {"b": 1.5, "a": "é"}}


def test_resume_sends_the_last_of_each_key() -> None:
    hub = started()
    change(hub, 1, entity("a", n=1))
    change(hub, 2, entity("b", ["anna"], n=2))
    change(hub, 3, entity("a", n=2))
    change(hub, 4, entity("a", n=3))
    change(hub, 5, entity("b", ["boris"], n=5))
    message = json.loads(hub.resume(ANNA, "1/@anna", 2) or b"")
    assert message == {
        "type": "changes",
        "seq": 5,
        "changes": [{"key": "a", "entity": {"n": 3}}, {"key": "b", "entity": None}],
    }
    assert json.loads(hub.resume(NOBODY, "1/", 5) or b"")["changes"] == []


def test_what_cannot_be_resumed() -> None:
    hub = started(ring=3)
    for seq in range(1, 8):
        change(hub, seq, entity("a", n=seq))
    assert hub.resume(ANNA, "1/@anna", 4) is not None
    assert hub.resume(ANNA, "1/@anna", 3) is None  # left the ring
    assert hub.resume(ANNA, "1/@anna", 8) is None  # from the future
    assert hub.resume(ANNA, "0/@anna", 5) is None  # another epoch
    assert hub.resume(ANNA, "1/@boris", 5) is None  # filtered for somebody else
    assert hub.resume(CHIEF, "1/@anna", 5) is None  # a supervisor now
    assert Hub(3).resume(ANNA, "1/@anna", 0) is None
    assert Hub(3).snapshot(ANNA) is None


@pytest.mark.parametrize("position", [Position("1", 1), Position("1", 0), Position("2", 9)])
def test_a_change_that_does_not_follow_breaks_a_rule(position: Position) -> None:
    hub = started()
    change(hub, 1, entity("a", n=1))
    with pytest.raises(InvariantError):
        hub.apply(PictureChanged(position, (entity("a", n=2),)))


def test_a_change_before_any_picture_breaks_a_rule() -> None:
    with pytest.raises(InvariantError):
        change(Hub(3), 1, entity("a", n=1))


KEYS = st.sampled_from(["agent/anna", "call/1", "call/2", "card/1", "queue/a"])
AUDIENCES = st.none() | st.frozensets(
    st.sampled_from([AgentId("anna"), AgentId("boris"), AgentId("sveta")]), max_size=2
)
UPDATES = st.builds(
    lambda key, number, audience, private: EntityUpdate(
        key, None if number is None else json.dumps({"n": number}).encode(), audience, private
    ),
    KEYS,
    st.none() | st.integers(0, 9),
    AUDIENCES,
    st.booleans(),
)


class Viewing(RuleBasedStateMachine):
    """Any order of changes, resets, breaks and returns, with a ring that is too short now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = Hub(6)
        self.picture: dict[str, EntityUpdate] = {}
        self.epoch, self.seq = 1, 0
        self.connected: dict[int, Replica] = {}
        self.away: dict[int, Replica] = {}

    @initialize()
    def begin(self) -> None:
        self.hub.apply(PictureReset(Position("1", 0), ()))
        for number, viewer in enumerate(VIEWERS):
            self.away[number] = Replica(viewer)

    @rule(updates=st.lists(UPDATES, min_size=1, max_size=4))
    def changed(self, updates: list[EntityUpdate]) -> None:
        for update in updates:
            self._note(update)
        self.seq += len(updates)
        delta = self.hub.apply(PictureChanged(Position(str(self.epoch), self.seq), tuple(updates)))
        assert delta is not None
        for replica in self.connected.values():
            replica.take(delta.message_for(replica.viewer))

    def _note(self, update: EntityUpdate) -> None:
        if update.document is None:
            self.picture.pop(update.key, None)
        else:
            self.picture[update.key] = update

    @rule(updates=st.lists(UPDATES, max_size=3), new_epoch=st.booleans(), ahead=st.integers(0, 5))
    def reset(self, updates: list[EntityUpdate], new_epoch: bool, ahead: int) -> None:
        if new_epoch:
            self.epoch, self.seq, self.picture = self.epoch + 1, 0, {}
        for update in updates:
            self._note(update)
        self.seq += len(updates) + ahead
        position = Position(str(self.epoch), self.seq)
        assert self.hub.apply(PictureReset(position, tuple(self.picture.values()))) is None
        for replica in self.connected.values():
            replica.take(self.hub.snapshot(replica.viewer))

    @rule(number=st.integers(0, len(VIEWERS) - 1))
    def leave(self, number: int) -> None:
        if number in self.connected:
            self.away[number] = self.connected.pop(number)

    @rule(number=st.integers(0, len(VIEWERS) - 1))
    def come(self, number: int) -> None:
        if number not in self.away:
            return
        replica = self.connected[number] = self.away.pop(number)
        resumed = self.hub.resume(replica.viewer, replica.epoch, replica.seq)
        replica.take(resumed or self.hub.snapshot(replica.viewer))
        assert replica.seq == self.seq

    @rule(number=st.integers(0, len(VIEWERS) - 1), viewer=st.sampled_from(VIEWERS))
    def another_signs_in(self, number: int, viewer: Viewer) -> None:
        """In the same tab, which still holds the picture of whoever was there."""
        if number in self.away:
            self.away[number].viewer = viewer

    @invariant()
    def replicas_are_the_filtered_picture(self) -> None:
        for replica in self.connected.values():
            assert replica.entities == filtered(self.picture, replica.viewer)


TestViewing = Viewing.TestCase
TestViewing.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@given(st.lists(st.lists(UPDATES, min_size=1, max_size=3), max_size=20), st.data())
@settings(deadline=None, max_examples=100)
def test_resuming_from_anywhere_gives_what_staying_gives(
    batches: list[list[EntityUpdate]], data: st.DataObject
) -> None:
    hub, seq = started(1000), 0
    replicas = {seq: {viewer: Replica(viewer) for viewer in VIEWERS}}
    for viewer, replica in replicas[0].items():
        replica.take(hub.snapshot(viewer))
    for batch in batches:
        seq += len(batch)
        delta = change(hub, seq, *batch)
        previous = replicas[max(replicas)]
        replicas[seq] = {}
        for viewer in VIEWERS:
            copy = replicas[seq][viewer] = Replica(viewer)
            copy.epoch, copy.seq = previous[viewer].epoch, previous[viewer].seq
            copy.entities = dict(previous[viewer].entities)
            copy.take(delta.message_for(viewer))
    start = data.draw(st.sampled_from(sorted(replicas)))
    for viewer, replica in replicas[start].items():
        replica.take(hub.resume(viewer, replica.epoch, replica.seq))
        assert replica.entities == replicas[seq][viewer].entities
