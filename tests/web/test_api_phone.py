"""What a browser's phone tells of a call."""

from __future__ import annotations

import pytest

from callcenter.history.quality import QualityPart

from .conftest import Open, World
from .fakes import CALL, NoQuality, entity

PART = QualityPart(
    samples=5, mos=4.3, mos_worst=4.1, round_trip=20, round_trip_worst=31, jitter=2, jitter_worst=5,
    loss=0, loss_worst=0.01, packets_received=250, packets_lost=1,
)  # fmt: skip
BODY = {name: getattr(PART, name) for name in PART.__dataclass_fields__}


@pytest.mark.parametrize(("state", "status"), [("talking", 204), ("offered", 403), ("wrap_up", 403)])
async def test_only_who_talks_or_talked_tells_how_well_it_was_heard(
    world: World, browsers: Open, state: str, status: int
) -> None:
    """The history has no leg of hers in this call: who talks now is in the live picture."""
    world.site.emit(entity("agent/anna", kind="agent", state=state, call=CALL))
    anna = browsers()
    await anna.sign_in_as("anna")
    answer = await anna.api("POST", f"/calls/{CALL}/quality", BODY)
    assert answer.status == status, answer.body
    kept = world.deps.quality
    assert isinstance(kept, NoQuality)
    told = [(call, agent, part) for call, agent, _, part in kept.parts]
    assert told == ([(CALL, "anna", PART)] if status == 204 else [])


async def test_a_call_of_somebody_else_is_not_his_to_tell_of(world: World, browsers: Open) -> None:
    world.site.emit(entity("agent/anna", kind="agent", state="talking", call="main:other"))
    anna = browsers()
    await anna.sign_in_as("anna")
    assert (await anna.api("POST", f"/calls/{CALL}/quality", BODY)).status == 403
