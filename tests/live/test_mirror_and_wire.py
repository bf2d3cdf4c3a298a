"""A node's copy of the picture against a model, and what arrives from other nodes against garbage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from callcenter.calls.requests import Accepted, DeclineOffer, Refusal, Refused
from callcenter.calls.views import EntityUpdate
from callcenter.errors import PeerError
from callcenter.live import wire
from callcenter.live.mirror import Mirror
from callcenter.live.ports import PictureReset, Position
from routing.ids import AgentId, OfferId

updates = st.builds(
    EntityUpdate,
    key=st.sampled_from(["call/1", "call/2", "agent/я"]),
    document=st.none() | st.text().map(str.encode),
    audience=st.none() | st.frozensets(st.sampled_from(["anna", "boris"]).map(AgentId)),
)


@settings(deadline=None)  # machines are shared
@given(updates)
def test_an_update_survives_the_wire(update: EntityUpdate) -> None:
    assert wire.decode_update(wire.encode_update(update)) == update
    assert wire.decode_updates(b"[" + wire.encode_update(update) + b"]") == (update,)


def test_requests_and_replies_survive_the_wire() -> None:
    request = DeclineOffer(AgentId("anna"), OfferId("main:1.1/1"))
    asked = wire.Asked("0123456789abcdef", 7, 2.5, request)
    assert wire.decode_asked(wire.encode_asked(asked)) == asked
    for reply in (Accepted(), Refused(Refusal.TOO_LATE, "поздно")):
        answered = wire.Answered(7, reply)
        assert wire.decode_answered(wire.encode_answered(answered)) == answered


@settings(deadline=None)  # machines are shared
@given(st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(repr).map(str.encode))
def test_garbage_is_the_peers_error(data: bytes) -> None:
    for decode in (wire.decode_update, wire.decode_asked, wire.decode_answered):
        with pytest.raises(PeerError):
            decode(data)


@settings(deadline=None)  # machines are shared
@given(st.lists(st.lists(updates, max_size=4), max_size=12), st.data())
def test_batches_lost_repeated_or_late_never_corrupt_the_picture(
    batches: list[list[EntityUpdate]], data: st.DataObject
) -> None:
    model: dict[str, EntityUpdate] = {}
    numbered, seq = [], 0
    for batch in batches:
        numbered.append((seq + 1, batch))
        seq += len(batch)
    mirror, seen = Mirror(), dict[str, EntityUpdate]()

    def listen(message: object) -> None:
        nonlocal seen
        reset = isinstance(message, PictureReset)
        if reset:
            seen = {}
        for update in getattr(message, "entities" if reset else "updates"):
            seen.pop(update.key, None)
            if update.document is not None:
                seen[update.key] = update

    mirror.subscribe(listen)
    applied = 0
    for first, batch in numbered:
        for update in batch:
            model.pop(update.key, None)
            if update.document is not None:
                model[update.key] = update
        if data.draw(st.booleans(), "lost"):
            continue
        for _ in range(data.draw(st.integers(1, 2), "times")):
            if not mirror.change("e", first, batch):
                assert applied < first - 1 or mirror.position.epoch != "e"
                mirror.replace(Position("e", first - 1 + len(batch)), list(model.values()))
            applied = first - 1 + len(batch)
            assert mirror.position.seq == applied
            assert {entity.key: entity for entity in mirror.picture().entities} == model == seen


def test_a_call_of_one_epoch_never_reaches_another() -> None:
    mirror = Mirror()
    mirror.replace(Position("one", 3), [EntityUpdate("call/1", b"1", None)])
    assert not mirror.change("two", 2, [EntityUpdate("call/2", b"2", None)])
    assert mirror.change("two", 1, [EntityUpdate("call/3", b"3", None)])
    assert mirror.position == Position("two", 1)
    assert [entity.key for entity in mirror.picture().entities] == ["call/3"]


def test_unsubscribing_while_being_told() -> None:
    mirror, told = Mirror(), list[str]()
    mirror.subscribe(lambda message: leave() if told else None)
    leave = mirror.subscribe(lambda message: told.append("second"))
    mirror.replace(Position("e", 1), [])
    assert told == ["second"]
    with pytest.raises(RuntimeError):
        mirror.subscribe(_raise)
    mirror.replace(Position("e", 2), [])


def _raise(message: object) -> None:
    raise RuntimeError("at once")
