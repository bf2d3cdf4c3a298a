"""Listings into a picture of the server."""

from __future__ import annotations

import pytest

from callcenter.telephony.ami.frames import Headers
from callcenter.telephony.ami.resync import read_listing
from callcenter.telephony.events import CallPhase, FoundLeg, StationState
from routing.ids import LegId, ServerId, StationId

SERVER = ServerId("main")


def caller(uniqueid: str = "1.1", **changes: str | list[str]) -> Headers:
    item: Headers = {
        "channel": "PJSIP/trunk-00000001",
        "calleridnum": "+79161234567",
        "calleridname": "Пётр",
        "context": "cc-hold",
        "uniqueid": uniqueid,
        "linkedid": uniqueid,
        "bridgeid": "",
        "application": "WaitForCondition",
        "seconds": "42",
        "variable": [
            f"CC_CALL={uniqueid}",
            "CC_STATE=WAIT",
            "CC_DNIS=+74951234567",
            "CC_TRY=(null)",
        ],
    }
    return item | changes


def station(uniqueid: str = "1.2", linkedid: str = "1.1", bridge: str = "") -> Headers:
    return {
        "channel": f"PJSIP/a1001-{uniqueid.replace('.', '')}",
        "channelstate": "6" if bridge else "5",
        "context": "cc-station",
        "uniqueid": uniqueid,
        "linkedid": linkedid,
        "bridgeid": bridge,
        "application": "AppDial",
        # A station's channel inherits these.
        "variable": [f"CC_CALL={linkedid}", "CC_STATE=(null)", "CC_DNIS=+74951234567", "CC_TRY=(null)"],
    }


def variables(uniqueid: str, state: str, attempt: str = "(null)") -> list[str]:
    return [f"CC_CALL={uniqueid}", f"CC_STATE={state}", "CC_DNIS=+74951234567", f"CC_TRY={attempt}"]


@pytest.mark.parametrize(
    ("changes", "phase"),
    [
        ({}, CallPhase.WAITING),
        ({"application": "UserEvent"}, CallPhase.WAITING),
        ({"context": "cc-in", "application": "Answer"}, CallPhase.ARRIVING),
        *(
            ({"context": context, "variable": variables("1.1", state)}, phase)
            for context, state, phase in (
                ("cc-say", "WAIT", CallPhase.STEP),  # its first line has not run: not to be rung yet
                ("cc-speak", "SAY", CallPhase.WAITING),
                ("cc-told", "SAY", CallPhase.WAITING),
                ("cc-speak", "ASK", CallPhase.STEP),
                ("cc-asked", "ASK", CallPhase.STEP),
                ("cc-key-any", "ASK", CallPhase.STEP),
                ("cc-key-5", "SAY", CallPhase.WAITING),
                ("cc-speak", "RECORD", CallPhase.STEP),
                ("cc-recorded", "RECORD", CallPhase.STEP),
                ("cc-recorded", "TOLD", CallPhase.STEP),
                ("cc-out", "OUT", CallPhase.OUT),
                ("cc-dialled", "OUT", CallPhase.OUT),
                ("cc-station", "PLACE", CallPhase.PLACING),
                ("cc-in", "PLACE", CallPhase.PLACING),
                ("cc-back", "PLACE", CallPhase.ARRIVING),
                ("cc-hold", "OUT", CallPhase.WAITING),
            )
        ),
        ({"context": "cc-dial", "application": "Dial"}, CallPhase.RINGING),
        ({"context": "cc-dial", "application": "Dial", "bridgeid": "b"}, CallPhase.TALKING),
        ({"application": "Queue", "variable": variables("1.1", "FALLBACK")}, CallPhase.FALLBACK),
        ({"application": "Queue", "variable": variables("1.1", "WAIT")}, CallPhase.FALLBACK),
        ({"application": "Wait", "variable": variables("1.1", "FALLBACK")}, CallPhase.FALLBACK),
        ({"application": "Playback", "variable": variables("1.1", "FALLBACK")}, CallPhase.LEAVING),
        ({"context": "elsewhere", "application": "Echo"}, CallPhase.LEAVING),
    ],
)
def test_where_a_caller_is(changes: dict[str, str | list[str]], phase: CallPhase) -> None:
    (found,) = read_listing(SERVER, [caller(**changes)], [], None).synced.calls
    assert found.phase is phase
    assert (found.call, found.number, found.name) == ("main:1.1", "+79161234567", "Пётр")
    assert (found.dialled, found.age, found.attempt) == ("+74951234567", 42.0, 0)


def test_legs_are_paired_by_linkedid_and_talk_in_the_callers_bridge() -> None:
    talking = caller(
        context="cc-dial", application="Dial", bridgeid="b", variable=variables("1.1", "DIAL", "2")
    )
    channels = [station("1.2", bridge="b"), talking, station("1.3"), station("1.4", bridge="other")]
    (found,) = read_listing(SERVER, channels, [], None).synced.calls
    assert found.attempt == 2
    assert found.legs == (
        FoundLeg(LegId("main:1.2"), StationId("a1001"), True, "b"),
        FoundLeg(LegId("main:1.3"), StationId("a1001"), False, None, answered=False),
        FoundLeg(LegId("main:1.4"), StationId("a1001"), False, "other"),
    )


def test_foreign_channels_and_orphaned_legs_are_no_calls() -> None:
    office = caller(
        "7.1",
        context="office",
        variable=["CC_CALL=(null)", "CC_STATE=(null)", "CC_DNIS=(null)", "CC_TRY=(null)"],
    )
    assert read_listing(SERVER, [office, station("1.2", "1.1")], [], None).synced.calls == ()


def test_a_call_on_its_first_line_has_no_variables_yet() -> None:
    nothing = ["CC_CALL=(null)", "CC_STATE=(null)", "CC_DNIS=(null)", "CC_TRY=(null)"]
    (found,) = read_listing(SERVER, [caller(context="cc-in", variable=nothing)], [], None).synced.calls
    assert (found.phase, found.dialled) == (CallPhase.ARRIVING, "")


def test_stations_in_order_and_nothing_else() -> None:
    devices: list[Headers] = [
        {"device": "PJSIP/a1002", "state": "NOT_INUSE"},
        {"device": "PJSIP/trunk", "state": "INUSE"},
        {"device": "PJSIP/a1001", "state": "UNAVAILABLE"},
        {"device": "Queue:callcenter-fallback", "state": "INUSE"},
    ]
    synced = read_listing(SERVER, [], devices, 12.5).synced
    assert synced.stations == (
        (StationId("a1001"), StationState.UNAVAILABLE),
        (StationId("a1002"), StationState.IDLE),
    )
    assert synced.blind_from == 12.5


def test_stations_with_a_channel_of_whatever_call_are_on_the_phone() -> None:
    foreign = station("9.2", linkedid="9.1") | {"channel": "PJSIP/a1002-0000002f"}
    assert read_listing(SERVER, [caller(), station(), foreign], [], None).synced.on_phone == {
        StationId("a1001"),
        StationId("a1002"),
    }


def test_items_that_can_not_be_read_are_counted() -> None:
    broken: list[Headers] = [
        {},
        caller(uniqueid=""),
        caller("5.1", seconds="soon"),
    ]
    listing = read_listing(SERVER, [*broken, caller()], [{"device": "PJSIP/a1001", "state": "?"}, {}], None)
    assert listing.malformed == 5
    assert [found.call for found in listing.synced.calls] == ["main:1.1"]


def test_a_client_who_is_being_dialled_is_told_by_his_own_number() -> None:
    being_dialled = [*variables("placed-x", "PLACE"), "CC_NUMBER=+7916"]
    item = caller("placed-x", context="cc-station", calleridnum="74950000000", variable=being_dialled)
    (found,) = read_listing(SERVER, [item], [], None).synced.calls
    assert (found.phase, found.number, found.dialled) == (CallPhase.PLACING, "+7916", "+74951234567")
    connected = [*variables("1.1", "OUT"), "CC_NUMBER=+7495"]
    (found,) = read_listing(SERVER, [caller(variable=connected)], [], None).synced.calls
    assert found.number == "+79161234567", "whom he was connected to is not who he is"
