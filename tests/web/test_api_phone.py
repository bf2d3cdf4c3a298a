"""What a browser's phone is given, and what it tells of a call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.history.quality import QualityPart
from callcenter.web.phone_ports import PhoneLine
from callcenter.web.phone_schemas import PhoneCredential
from callcenter.web.sip.ice import NO_ICE, IceOptions, IceServers, servers_for
from routing.ids import StationId

from .conftest import Browser, Open, Start, World
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


ICE = IceOptions("stun.example.org", ("turn:relay.example.org", "turns:relay.example.org"), "relay secret")
RELAY_PASSWORD = "wEY+S+sG78fGvPUowg8tMn8thbo="
"""``echo -n 1000043200:a1001 | openssl dgst -sha1 -hmac "relay secret" -binary | base64``"""


async def test_a_browser_is_told_its_way_with_a_password_of_hours_for_the_relays(
    world: World, start: Start
) -> None:
    line = PhoneLine("ws://asterisk", "the station's password", b"key", ICE)
    world.deps = replace(world.deps, phones=lambda station: line if station == "a1001" else None)
    world.clock.time = 1_000_000_000.0
    anna = Browser(await start(), world)
    await anna.sign_in_as("anna")
    answer = await anna.api("POST", "/phone/credentials")
    await anna.close()
    credential = answer.json["credential"]
    assert credential["ice_servers"] == [
        {"urls": ["stun:stun.example.org"], "username": "", "credential": ""},
        {"urls": list(ICE.turn), "username": "1000043200:a1001", "credential": RELAY_PASSWORD},
    ]
    for secret in ("relay secret", "the station's password"):
        assert secret not in answer.body.decode()
    shown = repr(PhoneCredential.model_validate(credential)) + repr(servers_for(ICE, StationId("a1001"), 0))
    assert credential["token"] not in shown
    assert "credential=" not in shown
    assert "password=" not in shown


def test_without_servers_a_browser_is_told_of_none() -> None:
    assert servers_for(NO_ICE, StationId("a1001"), 0) == IceServers()
