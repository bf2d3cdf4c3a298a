"""Call control: its commands into actions, its events and listings into ours, where the contract on Asterisk
does not look."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.telephony.ami.action import UnrenderableError
from callcenter.telephony.ami.frames import Frame
from callcenter.telephony.ami.parse import Malformed, Translator
from callcenter.telephony.ami.render import failure, render
from callcenter.telephony.commands import (
    Audit,
    CallStation,
    Consult,
    ControlCommand,
    Intercom,
    Join,
    MuteRecording,
    Park,
    Ring,
    SendKeys,
)
from callcenter.telephony.events import (
    CallPhase,
    ConsultEnded,
    FoundCall,
    FoundLeg,
    LegEnded,
    LegPlace,
    LegStarted,
    OutsideLegStarted,
    RingEnded,
    RingOutcome,
    ServerSynced,
)
from routing.ids import (
    CallId,
    IntercomId,
    LegId,
    OfferId,
    ServerId,
    StationId,
    call_of_station_leg,
    intercom_id,
    placed_call_id,
    station_leg_id,
)

SERVER = ServerId("main")
CALL, LEG, OTHER = CallId("main:1.1"), LegId("main:1.2"), LegId("main:1.3")
PHONE = StationId("a1001")
CONSULT = Consult(SERVER, CALL, LEG, None, PHONE, "", 20)
PLACED = placed_call_id(SERVER, "click-17.1")
READY = station_leg_id(PLACED, 1)
INTERCOM = intercom_id(SERVER, PHONE, 17)
CALL_STATION = CallStation(SERVER, PLACED, READY, PHONE, 20)


def test_parking_moves_both_at_once() -> None:
    (action,) = render(Park(SERVER, CALL, LEG))
    headers = dict(action.headers)
    assert (headers["Channel"], headers["Context"]) == ("1.1", "cc-park")
    assert (headers["ExtraChannel"], headers["ExtraContext"]) == ("1.2", "cc-room")
    (alone,) = render(Park(SERVER, CALL, None))
    assert "ExtraChannel" not in dict(alone.headers)


def test_each_key_is_received_by_itself() -> None:
    actions = render(SendKeys(SERVER, CALL, LEG, "1*#"))
    assert [dict(action.headers)["Digit"] for action in actions] == ["1", "*", "#"]
    assert all(dict(action.headers)["Receive"] == "true" for action in actions)


def test_a_ring_without_wishes_sends_no_more_than_before() -> None:
    offer = OfferId("main:1.1/1")
    assert len(render(Ring(SERVER, CALL, offer, PHONE, 20))) == 2
    wished = render(Ring(SERVER, CALL, offer, PHONE, 20, recording="r-1", auto_answer=True))
    assert [dict(action.headers).get("Variable") for action in wished[:3]] == [
        "CC_RING",
        "CC_RECORDING",
        "CC_AUTO",
    ]


@pytest.mark.parametrize(
    "command",
    [
        Park(SERVER, CALL, LegId(CALL)),
        Join(SERVER, CALL, LEG, "../evil"),
        Join(SERVER, CALL, LEG, "a,b"),
        replace(CONSULT, number="1234"),
        replace(CONSULT, station=None),
        replace(CONSULT, station=None, number="12@evil"),
        replace(CONSULT, station=StationId("a1001&PJSIP/x")),
        replace(CONSULT, seconds=0),
        replace(CALL_STATION, leg=LEG),
        replace(CALL_STATION, call=CALL),
        replace(CALL_STATION, shown="x\r\ny"),
        replace(CALL_STATION, seconds=601),
        Intercom(SERVER, INTERCOM, PHONE, StationId("1001"), 20),
        Intercom(SERVER, IntercomId("main:1.1"), PHONE, PHONE, 20),
        Intercom(SERVER, IntercomId("main:intercom-1-a1,CC_X=1"), PHONE, PHONE, 20),
        SendKeys(SERVER, CALL, LEG, ""),
        SendKeys(SERVER, CALL, LEG, "12a"),
        SendKeys(SERVER, CALL, LEG, "1" * 33),
        MuteRecording(SERVER, CallId("main:/.*/"), muted=True),
    ],
    ids=repr,
)
def test_what_must_not_reach_asterisk_is_refused(command: ControlCommand) -> None:
    with pytest.raises(UnrenderableError):
        render(command)


def test_a_failure_names_the_leg() -> None:
    failed = failure(CONSULT, "no", timed_out=False)
    assert (failed.command, failed.call, failed.leg) == ("Consult", CALL, LEG)
    assert failure(Intercom(SERVER, INTERCOM, PHONE, PHONE, 5), "no", timed_out=False).call == INTERCOM
    assert failure(Audit(SERVER), "no", timed_out=False).call is None


def test_a_stations_leg_names_its_call() -> None:
    assert call_of_station_leg(READY) == PLACED
    assert call_of_station_leg(station_leg_id(CALL, 12)) == CALL
    for other in ("main:1.2", "main:station-", "main:station-1.1", "main:station-1.1-x", "main:placed-a-1"):
        assert call_of_station_leg(LegId(other)) is None


def frame(name: str, **headers: str) -> Frame:
    return Frame(name, {"event": name, **headers})


def new_leg(uniqueid: str = "station-placed-click-17.1-1", linkedid: str = "") -> Frame:
    return frame(
        "Newchannel",
        channel="PJSIP/a1001-00000002",
        uniqueid=uniqueid,
        linkedid=linkedid or uniqueid,
        context="cc-station",
    )


def hangup(uniqueid: str, cause: str) -> Frame:
    return frame("Hangup", uniqueid=uniqueid, linkedid=uniqueid, cause=cause)


def response(said: str = "Failure") -> Frame:
    return frame("OriginateResponse", actionid="station-placed-click-17.1-1", response=said)


UNIQUEID = "station-placed-click-17.1-1"


@pytest.mark.parametrize("early", [True, False], ids=["response first", "hangup first"])
def test_a_called_station_that_does_not_answer_is_told_of_once(early: bool) -> None:
    translator = Translator(SERVER)
    assert translator.translate(new_leg()) == LegStarted(SERVER, PLACED, READY, PHONE)
    if early:
        assert translator.translate(response()) is None
    assert translator.translate(hangup(UNIQUEID, "19")) == (
        RingEnded(SERVER, PLACED, READY, RingOutcome.NO_ANSWER),
        LegEnded(SERVER, PLACED, READY, 19),
    )
    if not early:
        assert translator.translate(response()) is None
    assert translator.legs == 0
    assert translator.translate(hangup(UNIQUEID, "19")) is None


def test_whom_a_called_station_dials_is_of_its_call() -> None:
    translator = Translator(SERVER)
    translator.translate(new_leg())
    assert translator.translate(new_leg("1.7", UNIQUEID)) == LegStarted(
        SERVER, PLACED, LegId("main:1.7"), PHONE
    )


def test_a_listing_remembers_whether_a_called_station_answered() -> None:
    for answered in (True, False):
        leg = FoundLeg(READY, PHONE, False, None, LegPlace.READY, answered=answered)
        found = FoundCall(PLACED, "", "", "", CallPhase.AWAITED, 0, 1.0, (leg,))
        translator = Translator(SERVER)
        translator.adopt(ServerSynced(SERVER, (found,), (), None))
        told = translator.translate(hangup(UNIQUEID, "16"))
        ended = LegEnded(SERVER, PLACED, READY, 16)
        rang = RingEnded(SERVER, PLACED, READY, RingOutcome.CANCELLED)
        assert told == (ended if answered else (rang, ended))


def test_an_awaited_call_may_still_fail_to_be_placed() -> None:
    leg = FoundLeg(READY, PHONE, False, None, LegPlace.READY)
    found = FoundCall(PLACED, "", "", "", CallPhase.AWAITED, 0, 1.0, (leg,))
    translator = Translator(SERVER)
    translator.adopt(ServerSynced(SERVER, (found,), (), None))
    failed = frame("OriginateResponse", actionid="placed-click-17.1", response="Failure")
    assert translator.translate(failed) is not None


def dial_begin(channel: str, uniqueid: str = "1.9", linkedid: str = UNIQUEID) -> Frame:
    return frame(
        "DialBegin",
        destchannel=channel,
        destuniqueid=uniqueid,
        destlinkedid=linkedid,
        dialstring="74957654321@cc-outside",
    )


def test_only_a_dialled_number_of_our_call_is_a_leg_outside() -> None:
    translator = Translator(SERVER)
    told = translator.translate(dial_begin("PJSIP/cc-outside-00000007"))
    assert told == OutsideLegStarted(SERVER, PLACED, LegId("main:1.9"), "74957654321")
    assert translator.translate(dial_begin("PJSIP/a1001-00000007", "1.10")) is None
    assert translator.translate(dial_begin("PJSIP/cc-outside-00000008", "1.11", "7.7")) is None


def consult_end(**changes: str) -> Frame:
    headers = {"userevent": "CCConsultEnd", "uniqueid": "1.2", "linkedid": "1.1", "call": "1.1", "leg": "1.2"}
    return frame("UserEvent", **(headers | {"to": "a1002", "status": "BUSY", "cause": "17"} | changes))


def test_the_end_of_a_consultation() -> None:
    told = Translator(SERVER).translate(consult_end())
    assert told == ConsultEnded(SERVER, CALL, LEG, StationId("a1002"), RingOutcome.BUSY, 17)
    outside = Translator(SERVER).translate(consult_end(to="+74951234567", status="ANSWER", cause="16"))
    assert outside == ConsultEnded(SERVER, CALL, LEG, None, RingOutcome.ANSWERED, 16)
    # A phone's 603 Decline is CHANUNAVAIL with this cause.
    declined = Translator(SERVER).translate(consult_end(status="CHANUNAVAIL", cause="21"))
    assert isinstance(declined, ConsultEnded)
    assert declined.outcome is RingOutcome.BUSY


@pytest.mark.parametrize("changes", [{"status": "?"}, {"leg": ""}])
def test_a_consultation_that_can_not_be_read(changes: dict[str, str]) -> None:
    assert isinstance(Translator(SERVER).translate(consult_end(**changes)), Malformed)
