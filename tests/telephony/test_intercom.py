"""Calls between two stations: the command into an action, events and listings into ours, where the
contract on Asterisk does not look."""

from __future__ import annotations

import pytest

from callcenter.telephony.ami.frames import Frame, Headers
from callcenter.telephony.ami.parse import Malformed, Translator
from callcenter.telephony.ami.render import render
from callcenter.telephony.ami.resync import read_listing
from callcenter.telephony.commands import Intercom
from callcenter.telephony.events import (
    FoundIntercom,
    IntercomDialled,
    LegEnded,
    LegStarted,
    RingEnded,
    RingOutcome,
    ServerSynced,
)
from routing.ids import (
    CallId,
    LegId,
    ServerId,
    StationId,
    call_of_intercom,
    intercom_id,
    intercom_of,
    own_leg_of,
    uniqueid_of,
)

SERVER = ServerId("main")
PHONE, THERE = StationId("a1001"), StationId("a1002")
INTERCOM = intercom_id(SERVER, PHONE, 1764000000123)
CALL, OWN, LEG = call_of_intercom(INTERCOM), own_leg_of(INTERCOM), LegId("main:1.2")
UNIQUEID = uniqueid_of(CALL)


def frame(name: str, **headers: str) -> Frame:
    return Frame(name, {"event": name, **headers})


def new_leg(uniqueid: str = UNIQUEID, station: str = PHONE) -> Frame:
    return frame("Newchannel", channel=f"PJSIP/{station}-0000002", uniqueid=uniqueid, linkedid=UNIQUEID)


def dialled(**changes: str) -> Frame:
    headers = {"userevent": "CCIntercomEnd", "uniqueid": UNIQUEID, "linkedid": UNIQUEID, "to": THERE}
    return frame("UserEvent", **(headers | {"status": "BUSY", "cause": "17"} | changes))


def test_an_intercom_names_itself() -> None:
    assert INTERCOM == "main:intercom-1764000000123-a1001"
    assert intercom_of(CALL) == INTERCOM
    assert intercom_of(CallId("main:1.1")) is None


def test_both_invites_name_the_intercom() -> None:
    (action,) = render(Intercom(SERVER, INTERCOM, PHONE, THERE, 20, auto_answer=True))
    headers = dict(action.headers)
    assert (headers["ChannelId"], action.action_id) == (UNIQUEID, UNIQUEID)
    assert (headers["Channel"], headers["Context"], headers["Exten"]) == (
        "PJSIP/a1001",
        "cc-intercom",
        "a1002",
    )
    variables = [value for name, value in action.headers if name == "Variable"]
    assert f"_CC_COLLEAGUE={INTERCOM}" in variables
    assert f"PJSIP_HEADER(add,X-CC-Colleague)={INTERCOM}" in variables
    assert any("answer-after=0" in value for value in variables)


def test_both_legs_are_of_the_intercom() -> None:
    translator = Translator(SERVER)
    assert translator.translate(new_leg()) == LegStarted(SERVER, CALL, OWN, PHONE)
    assert translator.translate(new_leg("1.2", THERE)) == LegStarted(SERVER, CALL, LEG, THERE)
    ended = translator.translate(frame("Hangup", uniqueid="1.2", linkedid=UNIQUEID, cause="16"))
    assert ended == LegEnded(SERVER, CALL, LEG, 16)


@pytest.mark.parametrize("known", [True, False], ids=["rang", "never there"])
def test_an_own_phone_that_can_not_be_rung(known: bool) -> None:
    translator = Translator(SERVER)
    refused = frame("OriginateResponse", actionid=UNIQUEID, response="Failure")
    if known:
        translator.translate(new_leg())
        assert translator.translate(refused) is None
        told = translator.translate(frame("Hangup", uniqueid=UNIQUEID, linkedid=UNIQUEID, cause="20"))
        assert told == (
            RingEnded(SERVER, CALL, OWN, RingOutcome.UNREACHABLE),
            LegEnded(SERVER, CALL, OWN, 20),
        )
    else:
        assert translator.translate(refused) == (
            RingEnded(SERVER, CALL, OWN, RingOutcome.UNREACHABLE),
            LegEnded(SERVER, CALL, OWN, 0),
        )
    assert translator.legs == 0


def test_how_the_dialling_ended() -> None:
    translator = Translator(SERVER)
    assert translator.translate(dialled()) == IntercomDialled(SERVER, CALL, RingOutcome.BUSY, 17)
    # A phone's 603 Decline is CHANUNAVAIL with this cause.
    declined = translator.translate(dialled(status="CHANUNAVAIL", cause="21"))
    assert declined == IntercomDialled(SERVER, CALL, RingOutcome.BUSY, 21)
    nobody = translator.translate(dialled(status="CHANUNAVAIL", cause="20"))
    assert nobody == IntercomDialled(SERVER, CALL, RingOutcome.UNREACHABLE, 20)


@pytest.mark.parametrize("changes", [{"status": "?"}, {"uniqueid": "1.1"}])
def test_an_end_that_can_not_be_read(changes: dict[str, str]) -> None:
    assert isinstance(Translator(SERVER).translate(dialled(**changes)), Malformed)


def channel(uniqueid: str, station: str, **changes: str | list[str]) -> Headers:
    item: Headers = {
        "channel": f"PJSIP/{station}-00000001",
        "calleridnum": station,
        "calleridname": "",
        "channelstate": "6",
        "context": "cc-intercom",
        "uniqueid": uniqueid,
        "linkedid": UNIQUEID,
        "bridgeid": "b",
        "application": "Dial",
        "seconds": "42",
        "variable": ["CC_CALL=(null)", "CC_STATE=(null)", "CC_TO=(null)"],
    }
    return item | changes


def own(**changes: str | list[str]) -> Headers:
    return channel(UNIQUEID, PHONE, variable=["CC_CALL=(null)", "CC_TO=a1002"], **changes)


def listing(*channels: Headers) -> ServerSynced:
    return read_listing(SERVER, channels, (), None).synced


def test_a_listing_has_it_apart_from_calls() -> None:
    synced = listing(channel("1.2", THERE), own())
    assert synced.intercoms == (FoundIntercom(INTERCOM, PHONE, THERE, True, LEG, True, 42.0),)
    assert (synced.calls, synced.on_phone) == ((), {PHONE, THERE})


def test_a_listing_tells_how_far_it_is() -> None:
    (rings,) = listing(own(bridgeid=""), channel("1.2", THERE, bridgeid="", channelstate="5")).intercoms
    assert (rings.answered, rings.leg, rings.talking) == (True, LEG, False)
    (calling,) = listing(own(bridgeid="", channelstate="5")).intercoms
    assert (calling.answered, calling.leg, calling.talking) == (False, None, False)
    # Who began it is gone: it is on its way out.
    assert listing(channel("1.2", THERE)).intercoms == ()


@pytest.mark.parametrize("answered", [True, False])
def test_a_listing_is_remembered(answered: bool) -> None:
    translator = Translator(SERVER)
    found = FoundIntercom(INTERCOM, PHONE, THERE, answered, LEG if answered else None, answered, 1.0)
    translator.adopt(ServerSynced(SERVER, (), (), None, intercoms=(found,)))
    told = translator.translate(frame("Hangup", uniqueid=UNIQUEID, linkedid=UNIQUEID, cause="16"))
    ended = LegEnded(SERVER, CALL, OWN, 16)
    assert told == (ended if answered else (RingEnded(SERVER, CALL, OWN, RingOutcome.CANCELLED), ended))
    if answered:
        there = translator.translate(frame("Hangup", uniqueid="1.2", linkedid=UNIQUEID, cause="16"))
        assert there == LegEnded(SERVER, CALL, LEG, 16)
