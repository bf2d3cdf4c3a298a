"""Commands into actions, and the one place that refuses what must not reach Asterisk."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from callcenter.telephony.ami.action import MAX_LINE, AmiAction, UnrenderableError, encode, global_variable
from callcenter.telephony.ami.render import render
from callcenter.telephony.commands import HangUp, Hold, Ring
from callcenter.telephony.events import SEVERAL
from routing.acd.model import MOST_RUNG
from routing.ids import CallId, LegId, OfferId, ServerId, StationId

SERVER = ServerId("main")
CALL = CallId("main:cc-1764000000.17")
OFFER = OfferId("main:cc-1764000000.17/1")


def ring(call: str = CALL, station: str = "a1001", seconds: int = 20) -> Ring:
    return Ring(SERVER, CallId(call), OFFER, StationId(station), seconds)


def test_ring_sets_the_timeout_and_redirects() -> None:
    wire = b"".join(encode(action, f"x{number}") for number, action in enumerate(render(ring())))
    assert wire == (
        b"Action: Setvar\r\nActionID: x0\r\nChannel: cc-1764000000.17\r\n"
        b"Variable: CC_RING\r\nValue: 20\r\n\r\n"
        b"Action: Redirect\r\nActionID: x1\r\nChannel: cc-1764000000.17\r\nContext: cc-dial\r\n"
        b"Exten: a1001\r\n"
        b"Priority: 1\r\n\r\n"
    )


def ring_all(*stations: str) -> Ring:
    first, *others = (StationId(station) for station in stations)
    return Ring(SERVER, CALL, OFFER, first, 20, tuple(others))


def test_several_are_rung_by_one_redirect() -> None:
    seconds, stations, redirected = render(ring_all("a1001", "a1002", "a1003"))
    assert seconds.headers[1:] == (("Variable", "CC_RING"), ("Value", "20"))
    assert stations.headers == (
        ("Channel", "cc-1764000000.17"),
        ("Variable", "CC_STATIONS"),
        ("Value", "PJSIP/a1001&PJSIP/a1002&PJSIP/a1003"),
    )
    assert dict(redirected.headers)["Exten"] == SEVERAL
    assert dict(redirected.headers)["Context"] == "cc-dial"


def test_no_station_is_rung_twice() -> None:
    assert dict(render(ring_all("a1001", "a1002", "a1001"))[1].headers)["Value"] == "PJSIP/a1001&PJSIP/a1002"


def test_as_many_as_the_engine_rings_fit_into_one_line() -> None:
    names = [f"a{number:031d}" for number in range(MOST_RUNG)]
    for action in render(ring_all(*names)):
        assert encode(action, "x" * 36)
    with pytest.raises(UnrenderableError, match="more than 20 stations"):
        render(ring_all(*names, "a1001"))


@given(st.lists(st.text(alphabet='a1_&,;${}|^/\\\n()" ', max_size=8), min_size=1, max_size=4))
def test_nothing_but_stations_names_gets_into_the_dialplan(stations: list[str]) -> None:
    try:
        _, together, _ = render(ring_all("a1001", *stations))
    except UnrenderableError as error:
        assert "station" in str(error)  # noqa: PT017  most of what is drawn is refused
        return
    value = dict(together.headers)["Value"]
    assert re.fullmatch(r"PJSIP/a\w{1,31}(&PJSIP/a\w{1,31})*", value, re.ASCII)


def test_hang_up_names_the_leg() -> None:
    (action,) = render(HangUp(SERVER, CALL, LegId("main:cc-1764000003.18")))
    assert action == AmiAction("Hangup", (("Channel", "cc-1764000003.18"), ("Cause", "16")))


def test_hold_redirects_to_hold() -> None:
    (action,) = render(Hold(SERVER, CALL))
    assert action.headers == (
        ("Channel", "cc-1764000000.17"),
        ("Context", "cc-hold"),
        ("Exten", "s"),
        ("Priority", "1"),
    )


@pytest.mark.parametrize("seconds", [-1, 0, 3601])
def test_a_ring_timeout_must_make_sense(seconds: int) -> None:
    with pytest.raises(UnrenderableError, match="ring timeout"):
        render(ring(seconds=seconds))


@pytest.mark.parametrize(
    "uniqueid",
    ["", "/.*/", "1.1,2", "1.1!x", "PJSIP/a-1", "1.1\r\nAction: Hangup", "1.1\0", "1.1\n", "ё.1", "1" * 129],
)
def test_a_channel_holds_nothing_but_a_uniqueid(uniqueid: str) -> None:
    with pytest.raises(UnrenderableError, match="channel's id"):
        render(ring(call=f"main:{uniqueid}"))
    with pytest.raises(UnrenderableError):
        render(HangUp(SERVER, CALL, LegId(f"main:{uniqueid}")))
    with pytest.raises(UnrenderableError):
        render(Hold(SERVER, CallId(f"main:{uniqueid}")))


@pytest.mark.parametrize(
    "station",
    ["", "a", "b1001", "a1001&PJSIP/a1002", "a10 01", "a1001\n", "a1001\r\nX: y", "а1001", "a" * 33],
)
def test_an_extension_holds_nothing_but_a_station(station: str) -> None:
    with pytest.raises(UnrenderableError, match="station's name"):
        render(ring(station=station))
    with pytest.raises(UnrenderableError, match="station's name"):
        render(ring_all("a1001", station))


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "\r\n\r\nAction: Hangup"])
def test_line_breaks_and_nul_are_refused_everywhere(bad: str) -> None:
    for action, action_id in (
        (AmiAction("Setvar", (("Value", f"a{bad}b"),)), "1"),
        (AmiAction("Setvar", ((f"Va{bad}lue", "b"),)), "1"),
        (AmiAction(f"Set{bad}var"), "1"),
        (AmiAction("Setvar"), f"1{bad}"),
    ):
        with pytest.raises(UnrenderableError):
            encode(action, action_id)


def test_lines_are_bounded_in_bytes_with_their_end() -> None:
    room = MAX_LINE - len("Value: \r\n")
    assert encode(AmiAction("Setvar", (("Value", "x" * room),)), "1")
    with pytest.raises(UnrenderableError, match="1024 bytes"):
        encode(AmiAction("Setvar", (("Value", "x" * (room + 1)),)), "1")
    assert encode(AmiAction("Setvar", (("Value", "ё" * (room // 2)),)), "1")
    with pytest.raises(UnrenderableError, match="1024 bytes"):
        encode(AmiAction("Setvar", (("Value", "ё" * (room // 2 + 1)),)), "1")


def test_half_a_surrogate_is_refused() -> None:
    with pytest.raises(UnrenderableError, match="no valid text"):
        encode(AmiAction("Setvar", (("Value", "\ud800"),)), "1")


@given(st.text())
def test_what_is_encoded_is_one_action_with_one_value(value: str) -> None:
    try:
        wire = encode(global_variable("CC_X", value), "1")
    except UnrenderableError:
        return
    assert wire.endswith(b"\r\n\r\n")
    lines = wire.decode().removesuffix("\r\n\r\n").split("\r\n")
    assert lines == ["Action: Setvar", "ActionID: 1", "Variable: CC_X", f"Value: {value}"]


def test_the_error_never_quotes_the_value() -> None:
    with pytest.raises(UnrenderableError) as caught:
        encode(AmiAction("Login", (("Secret", "hunter2\r"),)), "1")
    assert "hunter2" not in str(caught.value)
