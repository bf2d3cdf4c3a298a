"""What a browser may say in SIP, and what is refused: the pure part, with good, bad and random input."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given, strategies as st

from callcenter.web.sip import credentials, digest
from callcenter.web.sip.credentials import CredentialFault, fault_of
from callcenter.web.sip.guard import Refusal
from callcenter.web.sip.line import Line, Outcome
from callcenter.web.sip.message import LARGEST, BadSipError, parse, read_address
from routing.ids import StationId

KEY, SESSION, STATION, NOW = b"key", "session", StationId("a1001"), 1_000_000.0
GOOD = credentials.make(KEY, SESSION, STATION, NOW + 300)


def sip(start: str, *headers: str, body: str = "") -> bytes:
    lines = [start, *headers, f"Content-Length: {len(body.encode())}", "", body]
    return "\r\n".join(lines).encode()


def register(
    *more: str,
    user: str = "a1001",
    to: str = "a1001",
    contact: str = "a1001",
    token: str = GOOD,
    branch: str = "z9hG4bK1",
) -> bytes:
    return sip(
        "REGISTER sip:callcenter.invalid SIP/2.0",
        f"Via: SIP/2.0/WS x.invalid;branch={branch}",
        "Max-Forwards: 69",
        f"To: <sip:{to}@callcenter.invalid>",
        f"From: <sip:{user}@callcenter.invalid>;tag=f1",
        "Call-ID: c1",
        "CSeq: 1 REGISTER",
        f'Contact: <sip:{contact}@x.invalid;transport=ws>;+sip.ice;reg-id=1;+sip.instance="<urn:uuid:1>"',
        f"Authorization: Bearer {token}",
        *more,
    )


def in_call(method: str, *more: str, user: str = "a1001", tag: str = ";tag=t1", body: str = "") -> bytes:
    return sip(
        f"{method} sip:asterisk@127.0.0.1:8088;transport=ws SIP/2.0",
        "Via: SIP/2.0/WS x.invalid;branch=z9hG4bK2",
        f"To: <sip:+79161234567@127.0.0.1>{tag}",
        f"From: <sip:{user}@x.invalid;transport=ws>;tag=f1",
        "Call-ID: c2",
        f"CSeq: 2 {method}",
        *more,
        body=body,
    )


def line(*, admitted: bool = True) -> Line:
    return Line(KEY, SESSION, STATION, "the station's password", fresh=lambda: "cnonce", admitted=admitted)


def refused(data: bytes, kind: Refusal, word: str) -> Outcome:
    outcome = line().from_browser(data, NOW)
    assert outcome.to_asterisk is None
    assert (outcome.refused, word in outcome.word) == (kind, True), outcome.word
    return outcome


def test_a_registration_goes_on_without_its_credential() -> None:
    outcome = line(admitted=False).from_browser(register(), NOW)
    assert outcome.refused is None
    assert outcome.to_asterisk is not None
    onward = parse(outcome.to_asterisk)
    assert onward.value("Authorization") == ""
    assert GOOD.encode() not in outcome.to_asterisk
    assert onward.address("From").user == STATION


def test_the_challenge_is_answered_here_and_never_seen_by_the_browser() -> None:
    one = line()
    one.from_browser(register(), NOW)
    challenge = sip(
        "SIP/2.0 401 Unauthorized",
        "Via: SIP/2.0/WS x.invalid;branch=z9hG4bK1",
        "From: <sip:a1001@callcenter.invalid>;tag=f1",
        "To: <sip:a1001@callcenter.invalid>;tag=z",
        "Call-ID: c1",
        "CSeq: 1 REGISTER",
        'WWW-Authenticate: Digest realm="asterisk",nonce="n1",opaque="o",algorithm=MD5,qop="auth"',
    )
    outcome = one.from_asterisk(challenge)
    assert outcome.to_browser is None
    assert outcome.to_asterisk is not None
    again = parse(outcome.to_asterisk)
    assert again.branch == "z9hG4bK1-cc"
    said = dict(re.findall(r'(\w+)="?([^",]+)"?', again.value("Authorization")))

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    secret = md5("a1001:asterisk:the station's password")
    expected = md5(f"{secret}:n1:00000001:cnonce:auth:{md5('REGISTER:sip:callcenter.invalid')}")
    assert (said["username"], said["response"], said["opaque"]) == ("a1001", expected, "o")
    assert one.asked_at == NOW  # the browser has no answer yet
    accepted = challenge.replace(b"401 Unauthorized", b"200 OK").replace(b"bK1", b"bK1-cc")
    told = one.from_asterisk(accepted)
    assert one.asked_at is None
    assert told.to_browser is not None
    assert parse(told.to_browser).branch == "z9hG4bK1"


def test_a_wrong_password_of_ours_is_told_and_not_tried_for_ever() -> None:
    one = line()
    one.from_browser(register(), NOW)
    challenge = sip(
        "SIP/2.0 401 Unauthorized",
        "Via: SIP/2.0/WS x.invalid;branch=z9hG4bK1",
        "From: <sip:a1001@callcenter.invalid>;tag=f1",
        "To: <sip:a1001@callcenter.invalid>;tag=z",
        "Call-ID: c1",
        "CSeq: 1 REGISTER",
        'WWW-Authenticate: Digest realm="asterisk",nonce="n1",qop="auth"',
    )
    one.from_asterisk(challenge)
    outcome = one.from_asterisk(challenge.replace(b"bK1", b"bK1-cc"))
    assert outcome.to_asterisk is None
    assert outcome.to_browser is not None
    assert parse(outcome.to_browser).status == 401


@pytest.mark.parametrize(
    ("token", "fault"),
    [
        ("", CredentialFault.MISSING),
        ("nonsense", CredentialFault.MALFORMED),
        (credentials.make(KEY, SESSION, STATION, NOW), CredentialFault.EXPIRED),
        (credentials.make(KEY, "another session", STATION, NOW + 300), CredentialFault.FOREIGN),
        (credentials.make(KEY, SESSION, StationId("a1002"), NOW + 300), CredentialFault.FOREIGN),
        (credentials.make(b"another key", SESSION, STATION, NOW + 300), CredentialFault.FOREIGN),
        (credentials.make(KEY, SESSION, STATION, NOW + 90_000), CredentialFault.MALFORMED),
        (GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"), CredentialFault.FOREIGN),
    ],
)
def test_a_credential_that_is_not_good_is_refused_with_its_reason(token: str, fault: CredentialFault) -> None:
    outcome = refused(register(token=token), Refusal.CREDENTIAL, fault.value)
    assert outcome.to_browser is not None
    answer = parse(outcome.to_browser)
    assert answer.start == f"SIP/2.0 403 {fault.value}"
    assert answer.branch == "z9hG4bK1"
    assert fault_of(token, KEY, SESSION, STATION, NOW) is fault


@pytest.mark.parametrize("data", [b"\r\n", b"\r\n\r\n"])
def test_an_answer_to_a_keep_alive_is_no_bad_message(data: bytes) -> None:
    assert line().from_browser(data, NOW) == Outcome()


def test_nothing_passes_before_a_registration() -> None:
    outcome = line(admitted=False).from_browser(in_call("BYE"), NOW)
    assert (outcome.refused, outcome.to_asterisk) == (Refusal.CREDENTIAL, None)


@pytest.mark.parametrize(
    ("data", "kind", "word"),
    [
        (register(user="a1002"), Refusal.IDENTITY, "From"),
        (register(to="a1002"), Refusal.IDENTITY, "To"),
        (register(contact="a1002"), Refusal.IDENTITY, "Contact"),
        (register(user="%611001"), Refusal.IDENTITY, "From"),
        (in_call("BYE", user="a1002"), Refusal.IDENTITY, "From"),
        (in_call("INVITE", tag=""), Refusal.METHOD, "begun from the console"),
        (in_call("BYE", tag=""), Refusal.METHOD, "within a call"),
        (in_call("MESSAGE"), Refusal.METHOD, "MESSAGE is not taken"),
        (in_call("REFER"), Refusal.METHOD, "REFER is not taken"),
        (in_call("INFO"), Refusal.METHOD, "INFO is not taken"),
        (in_call("SUBSCRIBE"), Refusal.METHOD, "SUBSCRIBE is not taken"),
        (in_call("BYE", "Replaces: x"), Refusal.HEADER, "Replaces"),
        (in_call("BYE", "P-Asserted-Identity: <sip:boss@x>"), Refusal.HEADER, "P-Asserted-Identity"),
        (in_call("BYE", "Route: <sip:elsewhere;lr>"), Refusal.HEADER, "Route"),
        (in_call("BYE", "X-CC-Call: main:1"), Refusal.HEADER, "X-CC-Call"),
        (register("From: <sip:a1002@x>;tag=2"), Refusal.MALFORMED, "From is there twice"),
        (register("f: <sip:a1002@x>;tag=2"), Refusal.MALFORMED, "short names"),
        (register("Via: SIP/2.0/WS y;branch=z"), Refusal.HEADER, "one Via"),
        (register("Expires: 60\r\n Contact: <sip:a1002@x>"), Refusal.MALFORMED, "folded"),
        (register("Expires: 60\nContact: <sip:a1002@x>"), Refusal.MALFORMED, "bare line break"),
        (register("Expires: 60\rContact: <sip:a1002@x>"), Refusal.MALFORMED, "bare line break"),
        (register("Expires: 6\x000"), Refusal.MALFORMED, "NUL"),
        (register() + register(), Refusal.MALFORMED, "Content-Length"),
        (register()[:-4], Refusal.MALFORMED, "end of its headers"),
        (b"", Refusal.MALFORMED, "end of its headers"),
        (b"\xff\xfe\r\n\r\n", Refusal.MALFORMED, "UTF-8"),
        (register("Subject: " + "x" * LARGEST), Refusal.MALFORMED, "bytes"),
        (register(*(f"Accept: {n}" for n in range(100))), Refusal.MALFORMED, "headers"),
        (register().replace(b"CSeq: 1 REGISTER", b"CSeq: 1 INVITE"), Refusal.MALFORMED, "another method"),
        (
            register().replace(b"<sip:a1001@callcenter", b"<sip:a1001@b>, <sip:a1002@c"),
            Refusal.MALFORMED,
            "not one SIP address",
        ),
    ],
)
def test_what_is_not_the_stations_own_is_refused(data: bytes, kind: Refusal, word: str) -> None:
    refused(data, kind, word)


@pytest.mark.parametrize("method", ["BYE", "CANCEL", "INVITE", "UPDATE", "ACK"])
def test_what_belongs_to_a_call_passes_without_the_credential(method: str) -> None:
    outcome = line().from_browser(in_call(method, f"Authorization: Bearer {GOOD}"), NOW)
    assert outcome.refused is None
    assert outcome.to_asterisk is not None
    assert b"Authorization" not in outcome.to_asterisk


def test_an_answer_is_the_stations_own_and_a_bad_one_is_not_answered() -> None:
    answer = sip(
        "SIP/2.0 200 OK",
        "Via: SIP/2.0/WS 127.0.0.1:8088;branch=z9hG4bKp",
        "From: <sip:+79161234567@127.0.0.1>;tag=1",
        "To: <sip:a1001@x.invalid;transport=ws>;tag=2",
        "Call-ID: c3",
        "CSeq: 7 INVITE",
        "Contact: <sip:a1001@x.invalid;transport=ws>",
    )
    assert line().from_browser(answer, NOW).to_asterisk == answer
    outcome = refused(answer.replace(b"To: <sip:a1001", b"To: <sip:a1002"), Refusal.IDENTITY, "To")
    assert outcome.to_browser is None


def test_digests_that_we_do_not_speak_are_left_alone() -> None:
    def ask(*challenges: str) -> str | None:
        return digest.answer(challenges, user="u", password="p", method="M", uri="sip:x", cnonce="c")

    assert ask('Basic realm="x"', 'Digest realm="x",nonce="n",algorithm=SHA-512-256') is None
    answer = ask('Digest realm="x",nonce="n",algorithm=SHA-256,qop="auth,auth-int"')
    assert answer is not None
    assert "algorithm=SHA-256" in answer


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_refused_or_read(data: bytes) -> None:
    outcome = line().from_browser(data, NOW)
    assert outcome.to_asterisk is None


@given(st.data())
def test_no_change_of_a_good_message_passes_as_another_station(data: st.DataObject) -> None:
    good = register()
    at = data.draw(st.integers(0, len(good)))
    piece = data.draw(
        st.sampled_from([b"a1002", b"\r\n", b"<", b">", b"@", b'"', b";", b",", b"\x00", b" ", b":"])
    )
    cut = data.draw(st.integers(0, 6))
    outcome = line().from_browser(good[:at] + piece + good[at + cut :], NOW)
    if outcome.to_asterisk is not None:
        message = parse(outcome.to_asterisk)
        assert message.address("From").user == message.address("To").user == STATION
        assert read_address("Contact", message.value("Contact")).user == STATION
        assert parse(message.render()) == message


@given(st.text(max_size=60))
def test_an_address_is_one_or_none(text: str) -> None:
    try:
        address = read_address("From", text)
    except BadSipError:
        return
    assert "<" not in address.uri
    assert "," not in address.uri or "@" in address.uri
