"""Single events into typed ones: what is ours, what is not, and what can't be read."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from callcenter.telephony.ami.frames import Frame, Headers
from callcenter.telephony.ami.names import WANTED
from callcenter.telephony.ami.parse import (
    Malformed,
    Translator,
    station_of_channel,
    station_of_device,
)
from callcenter.telephony.events import (
    CallArrived,
    CallHeld,
    CallPhase,
    DialFinished,
    FoundCall,
    FoundLeg,
    LegBridged,
    LegEnded,
    LegStarted,
    LegUnbridged,
    RingEnded,
    RingOutcome,
    ServerSynced,
    StationChanged,
    StationState,
)
from routing.ids import CallId, LegId, ServerId, StationId

SERVER = ServerId("main")
CALL = CallId("main:1.1")
LEG = LegId("main:1.2")
STATION = StationId("a1001")


def frame(name: str, **headers: str | list[str]) -> Frame:
    return Frame(name, {"event": name, **headers})


def arrival(uniqueid: str = "1.1", context: str = "cc-in") -> Frame:
    return frame(
        "Newchannel",
        channel="PJSIP/trunk-00000001",
        uniqueid=uniqueid,
        linkedid=uniqueid,
        context=context,
        calleridnum="<unknown>",
        calleridname="<unknown>",
        exten="+74951234567",
    )


def station_leg(uniqueid: str = "1.2", linkedid: str = "1.1", channel: str = "PJSIP/a1001-00000002") -> Frame:
    return frame("Newchannel", channel=channel, uniqueid=uniqueid, linkedid=linkedid, context="cc-station")


def ringing() -> Translator:
    translator = Translator(SERVER)
    translator.translate(arrival())
    translator.translate(station_leg())
    return translator


def test_a_withheld_number_is_empty() -> None:
    assert Translator(SERVER).translate(arrival()) == CallArrived(SERVER, CALL, "", "", "+74951234567")


def test_a_stations_leg_belongs_to_the_call_of_its_linkedid() -> None:
    translator = Translator(SERVER)
    translator.translate(arrival())
    assert translator.translate(station_leg()) == LegStarted(SERVER, CALL, LEG, STATION)


@pytest.mark.parametrize(
    "foreign",
    [
        arrival(context="from-office"),
        station_leg(linkedid="9.9"),  # dialled by somebody else's dialplan
        station_leg(uniqueid="1.7", linkedid="1.7"),  # the station calls
        station_leg(channel="PJSIP/office-00000002"),
        station_leg(channel="Local/a1001@cc-dial-00000002;1"),
        frame("BridgeEnter", uniqueid="7.7", bridgeuniqueid="b"),
        frame("BridgeLeave", uniqueid="7.7", bridgeuniqueid="b"),
        frame("Hangup", uniqueid="7.7", linkedid="7.7", cause="16"),
        frame("DialState", destuniqueid="7.7", dialstatus="RINGING"),
        frame("DialState", destuniqueid="1.2", dialstatus="PROGRESS"),
        frame("DialEnd", destuniqueid="7.7", dialstatus="ANSWER"),
        frame("UserEvent", userevent="SomethingElse"),
        frame("DeviceStateChange", device="PJSIP/trunk", state="INUSE"),
        frame("DeviceStateChange", device="Queue:callcenter-fallback", state="INUSE"),
        frame("OriginateResponse", response="Failure"),
    ],
)
def test_what_is_not_ours_is_passed_over(foreign: Frame) -> None:
    translator = ringing()
    assert translator.translate(foreign) is None
    assert translator.legs == 2


def test_a_call_that_came_in_another_way_is_known_from_its_hold() -> None:
    translator = Translator(SERVER)
    held = frame("UserEvent", userevent="CCHold", call="", dnis="", uniqueid="1.1", linkedid="1.1")
    held.headers["try"] = ""
    assert translator.translate(held) == CallHeld(SERVER, CALL, "", 0)
    assert translator.translate(station_leg()) == LegStarted(SERVER, CALL, LEG, STATION)


def test_an_agents_leg_outlives_its_caller() -> None:
    translator = ringing()
    gone = translator.translate(frame("Hangup", uniqueid="1.1", linkedid="1.1", cause="16"))
    assert gone == LegEnded(SERVER, CALL, LegId("main:1.1"), 16)
    left = translator.translate(frame("BridgeLeave", uniqueid="1.2", linkedid="1.1", bridgeuniqueid="b"))
    assert left == LegUnbridged(SERVER, CALL, LEG, "b")
    ended = translator.translate(frame("Hangup", uniqueid="1.2", linkedid="1.1", cause=""))
    assert ended == LegEnded(SERVER, CALL, LEG, 0)
    assert translator.legs == 0
    assert translator.translate(frame("Hangup", uniqueid="1.2", linkedid="1.1", cause="16")) is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("ANSWER", RingOutcome.ANSWERED),
        ("BUSY", RingOutcome.BUSY),
        ("NOANSWER", RingOutcome.NO_ANSWER),
        ("CANCEL", RingOutcome.CANCELLED),
        ("CHANUNAVAIL", RingOutcome.UNREACHABLE),
        ("CONGESTION", RingOutcome.UNREACHABLE),
    ],
)
def test_how_ringing_ended(status: str, outcome: RingOutcome) -> None:
    ended = ringing().translate(frame("DialEnd", destuniqueid="1.2", dialstatus=status))
    assert ended == RingEnded(SERVER, CALL, LEG, outcome)
    returned = frame(
        "UserEvent", userevent="CCDialEnd", uniqueid="1.1", call="1.1", agent="a1001", status=status, cause=""
    )
    assert ringing().translate(returned) == DialFinished(SERVER, CALL, STATION, outcome, 0)


def test_a_603_is_a_refusal_though_asterisk_says_unavailable() -> None:
    returned = frame(
        "UserEvent",
        userevent="CCDialEnd",
        uniqueid="1.1",
        call="1.1",
        agent="a1001",
        status="CHANUNAVAIL",
        cause="21",
    )
    assert ringing().translate(returned) == DialFinished(SERVER, CALL, STATION, RingOutcome.BUSY, 21)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("NOT_INUSE", StationState.IDLE),
        ("INUSE", StationState.BUSY),
        ("ONHOLD", StationState.BUSY),
        ("RINGINUSE", StationState.BUSY),
        ("RINGING", StationState.RINGING),
        ("UNAVAILABLE", StationState.UNAVAILABLE),
        ("INVALID", StationState.UNAVAILABLE),
        ("UNKNOWN", StationState.UNKNOWN),
    ],
)
def test_device_states(word: str, state: StationState) -> None:
    changed = Translator(SERVER).translate(frame("DeviceStateChange", device="PJSIP/a1001", state=word))
    assert changed == StationChanged(SERVER, STATION, state)


def test_a_listing_replaces_what_was_known() -> None:
    translator = ringing()
    found = FoundCall(
        CallId("main:2.1"),
        "",
        "",
        "",
        CallPhase.RINGING,
        0,
        1.0,
        (FoundLeg(LegId("main:2.2"), STATION, False, None),),
    )
    translator.adopt(ServerSynced(SERVER, (found,), (), None))
    assert translator.legs == 2
    bridged = translator.translate(frame("BridgeEnter", uniqueid="2.2", linkedid="2.1", bridgeuniqueid="b"))
    assert bridged == LegBridged(SERVER, CallId("main:2.1"), LegId("main:2.2"), "b")
    assert translator.translate(frame("Hangup", uniqueid="1.1", linkedid="1.1", cause="16")) is None
    assert translator.translate(station_leg("2.3", "2.1")) == LegStarted(
        SERVER, CallId("main:2.1"), LegId("main:2.3"), STATION
    )


@pytest.mark.parametrize(
    "broken",
    [
        frame("Newchannel"),
        frame("Newchannel", channel="PJSIP/trunk-1", uniqueid="", linkedid="", context="cc-in"),
        frame("Newchannel", channel="PJSIP/trunk-1", uniqueid="3.1", linkedid="3.1", context="cc-in"),
        frame("UserEvent"),
        frame("UserEvent", userevent="CCHold"),
        frame("UserEvent", userevent="CCDialEnd", uniqueid="1.1", call="1.1", agent="a1", status="WHAT"),
        frame("DialEnd", destuniqueid="1.2", dialstatus="WHAT"),
        frame("BridgeEnter", uniqueid="1.2"),
        frame("Hangup"),
        frame("DeviceStateChange", device="PJSIP/a1001", state="DANCING"),
    ],
)
def test_what_can_not_be_read_is_malformed_and_names_no_value(broken: Frame) -> None:
    answer = ringing().translate(broken)
    assert isinstance(answer, Malformed)
    assert answer.event == broken.name
    assert "WHAT" not in answer.problem
    assert "DANCING" not in answer.problem


def test_no_hang_up_is_passed_over_for_an_odd_cause() -> None:
    for cause in ("", "sixteen", "-1", "１６"):
        ended = ringing().translate(frame("Hangup", uniqueid="1.2", linkedid="1.1", cause=cause))
        assert ended == LegEnded(SERVER, CALL, LEG, 0)
    assert isinstance(ringing().translate(frame("Hangup", uniqueid="1.2")), LegEnded)


def test_of_a_repeated_header_the_first_counts() -> None:
    ended = ringing().translate(frame("Hangup", uniqueid=["1.2", "9.9"], linkedid="1.1", cause=["17", "16"]))
    assert ended == LegEnded(SERVER, CALL, LEG, 17)


def test_names_of_stations() -> None:
    assert station_of_channel("PJSIP/a1001-0000002a") == "a1001"
    assert station_of_device("PJSIP/a1001") == "a1001"
    for other in ("PJSIP/a-00000001", "SIP/a1001-00000001", "PJSIP/trunk-00000001", "", "PJSIP/a1001"):
        assert station_of_channel(other) is None
    for other in ("PJSIP/trunk", "Queue:x", "", "a1001", "PJSIP/a10 01"):
        assert station_of_device(other) is None


KEYS = st.sampled_from(
    [
        "channel",
        "context",
        "uniqueid",
        "linkedid",
        "calleridnum",
        "calleridname",
        "exten",
        "userevent",
        "call",
        "dnis",
        "try",
        "agent",
        "status",
        "cause",
        "destuniqueid",
        "dialstatus",
        "bridgeuniqueid",
        "device",
        "state",
    ]
)
VALUES = st.sampled_from(
    [
        "",
        "1.1",
        "1.2",
        "cc-in",
        "PJSIP/a1001-1",
        "PJSIP/a1001",
        "CCHold",
        "CCDialEnd",
        "ANSWER",
        "RINGING",
        "x",
    ]
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(WANTED)),
            st.dictionaries(KEYS, VALUES | st.lists(VALUES, min_size=2, max_size=3)),
        ),
        max_size=30,
    )
)
def test_no_frame_raises(frames: list[tuple[str, Headers]]) -> None:
    translator = Translator(SERVER)
    for name, headers in frames:
        translator.translate(Frame(name, headers))
