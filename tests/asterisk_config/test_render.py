"""What is rendered, and what is refused before it could be."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from callcenter.asterisk_config import (
    AmiTls,
    AsteriskConfig,
    AsteriskConfigError,
    Directories,
    FallbackMember,
    Station,
    StationKind,
    Trunk,
    render,
)
from callcenter.asterisk_config.values import secret, text

GOOD = AsteriskConfig(
    ami_secret="ami-secret-1",
    trunks=(
        Trunk("provider", match=("192.0.2.10", "198.51.100.0/24")),
        Trunk("branch", password="trunk-secret"),
    ),
    stations=(
        Station("a1001", StationKind.PLAIN, "phone-secret"),
        Station("a2001", StationKind.WEBRTC, "browser-secret"),
    ),
    fallback_members=(FallbackMember("a1001", penalty=1),),
)


def test_no_placeholder_is_left_and_every_file_is_text() -> None:
    rendered = render(GOOD)
    assert len(rendered) == 21
    for name, content in rendered.items():
        assert "%%" not in content, name
        assert content.endswith("\n"), name


def test_same_input_gives_same_output() -> None:
    assert render(GOOD) == render(GOOD)


def test_values_reach_their_files() -> None:
    rendered = render(replace(GOOD, ring_seconds=17, ami_permit=("10.0.0.0/8", "127.0.0.1")))
    assert "secret = ami-secret-1" in rendered["manager.conf"]
    assert "permit = 10.0.0.0/8\npermit = 127.0.0.1/32" in rendered["manager.conf"]
    assert "tlsenable = no" in rendered["manager.conf"]
    assert "match = 192.0.2.10/32,198.51.100.0/24" in rendered["pjsip.conf"]
    assert "[a2001](cc-webrtc)" in rendered["pjsip.conf"]
    assert "CC_RING = 17" in rendered["extensions.conf"]
    assert "member => PJSIP/a1001,1" in rendered["queues.conf"]


def test_tls_listens_where_it_is_told() -> None:
    tls = AmiTls("10.0.0.5", 5039, "/etc/asterisk/keys/ami.crt", "/etc/asterisk/keys/ami.key")
    manager = render(replace(GOOD, ami_tls=tls))["manager.conf"]
    assert "tlsenable = yes\ntlsbindaddr = 10.0.0.5:5039" in manager
    assert "tlsprivatekey = /etc/asterisk/keys/ami.key" in manager


def test_secrets_stay_out_of_repr_and_of_messages() -> None:
    assert not re.search(r"(ami|phone|browser|trunk)-secret", repr(GOOD))
    with pytest.raises(AsteriskConfigError) as caught:
        render(replace(GOOD, ami_secret="hidden;words"))
    assert "hidden" not in str(caught.value)


def test_heartbeat_is_not_a_declared_global() -> None:
    """A dialplan reload would reset it and send everyone waiting to the fallback queue."""
    assert not re.search(r"^CC_HB\s*=", render(GOOD)["extensions.conf"], re.MULTILINE)


def test_nothing_that_runs_code_is_loaded() -> None:
    modules = render(GOOD)["modules.conf"]
    assert "autoload = no" in modules
    for dangerous in (
        "app_system",
        "res_agi",
        "func_shell",
        "func_env",
        "func_config",
        "app_originate",
        "pbx_spool",
    ):
        assert f"load = {dangerous}.so" not in modules


INJECTIONS = (
    "good\nevil = yes",
    "good\revil = yes",
    "good\0evil",
    "good;evil",
    " good",
    "good ",
    "",
    "g\u2028evil",
)
STRING_FIELDS: dict[str, Callable[[str], AsteriskConfig]] = {
    "system_name": lambda value: replace(GOOD, system_name=value),
    "language": lambda value: replace(GOOD, language=value),
    "ami_user": lambda value: replace(GOOD, ami_user=value),
    "ami_secret": lambda value: replace(GOOD, ami_secret=value),
    "ami_bind": lambda value: replace(GOOD, ami_bind=value),
    "ami_permit[0]": lambda value: replace(GOOD, ami_permit=(value,)),
    "ami_tls.certificate": lambda value: replace(GOOD, ami_tls=AmiTls("127.0.0.1", 5039, value, "/key")),
    "ami_tls.private_key": lambda value: replace(GOOD, ami_tls=AmiTls("127.0.0.1", 5039, "/cert", value)),
    "ami_tls.bind": lambda value: replace(GOOD, ami_tls=AmiTls(value, 5039, "/cert", "/key")),
    "sip_bind": lambda value: replace(GOOD, sip_bind=value),
    "http_bind": lambda value: replace(GOOD, http_bind=value),
    "moh_class": lambda value: replace(GOOD, moh_class=value),
    "moh_directory": lambda value: replace(GOOD, moh_directory=value),
    "sorry_prompt": lambda value: replace(GOOD, sorry_prompt=value),
    "prompts_directory": lambda value: replace(GOOD, prompts_directory=value),
    "messages_directory": lambda value: replace(GOOD, messages_directory=value),
    "recordings_directory": lambda value: replace(GOOD, recordings_directory=value),
    "other_language": lambda value: replace(GOOD, other_language=value),
    "stun_server": lambda value: replace(GOOD, stun_server=value),
    "trunks[0].address": lambda value: replace(
        GOOD, trunks=(Trunk("provider", match=("192.0.2.1",), address=value),)
    ),
    "directories.spool": lambda value: replace(GOOD, directories=Directories(spool=value)),
    "trunks[0].name": lambda value: replace(GOOD, trunks=(Trunk(value, match=("192.0.2.1",)),)),
    "trunks[0].match[0]": lambda value: replace(GOOD, trunks=(Trunk("provider", match=(value,)),)),
    "trunks[0].password": lambda value: replace(GOOD, trunks=(Trunk("provider", password=value),)),
    "stations[0].id": lambda value: replace(
        GOOD, fallback_members=(), stations=(Station(value, StationKind.PLAIN, "phone-secret"),)
    ),
    "stations[0].password": lambda value: replace(
        GOOD, fallback_members=(), stations=(Station("a1001", StationKind.PLAIN, value),)
    ),
}


@pytest.mark.parametrize("field", STRING_FIELDS)
@pytest.mark.parametrize("value", INJECTIONS)
def test_injection_is_refused_with_field_and_remedy(field: str, value: str) -> None:
    with pytest.raises(AsteriskConfigError) as caught:
        render(STRING_FIELDS[field](value))
    assert caught.value.field == field
    assert caught.value.remedy
    assert str(caught.value).startswith(f"{field}: ")


CONTRADICTIONS = {
    "trunks": replace(
        GOOD,
        trunks=(
            Trunk("provider", match=("192.0.2.1",), address="192.0.2.1"),
            Trunk("second", match=("192.0.2.2",), address="192.0.2.2"),
        ),
    ),
    "prompts_directory": replace(GOOD, prompts_directory="/prompts,/etc"),
    "messages_directory": replace(GOOD, messages_directory="/a&/b"),
    "trunks[0]": replace(GOOD, trunks=(Trunk("provider"),)),
    "trunks[1].name": replace(
        GOOD, trunks=(Trunk("provider", match=("192.0.2.1",)), Trunk("provider", match=("192.0.2.2",)))
    ),
    "stations[1].id": replace(GOOD, stations=(GOOD.stations[0], GOOD.stations[0])),
    "fallback_members[0].station": replace(GOOD, fallback_members=(FallbackMember("a7777"),)),
    "rtp_last": replace(GOOD, rtp_first=20000, rtp_last=20001),
    "ami_user": replace(GOOD, ami_user="general"),
    "moh_class": replace(GOOD, moh_class="general"),
    "ami_port": replace(GOOD, ami_port=0),
    "ring_seconds": replace(GOOD, ring_seconds=0),
    "trunks[0].name": replace(GOOD, trunks=(Trunk("a-trunk", match=("192.0.2.1",)),)),
    "sorry_prompt": replace(GOOD, sorry_prompt="../../etc/passwd"),
    "directories.log": replace(GOOD, directories=Directories(log="var/log")),
    "ami_bind": replace(GOOD, ami_bind="localhost"),
}


@pytest.mark.parametrize("field", CONTRADICTIONS)
def test_contradictions_are_refused(field: str) -> None:
    with pytest.raises(AsteriskConfigError) as caught:
        render(CONTRADICTIONS[field])
    assert caught.value.field == field


@given(st.text())
def test_what_passes_can_neither_end_its_line_nor_begin_a_comment(value: str) -> None:
    for check in (text, secret):
        try:
            passed = check("field", value)
        except AsteriskConfigError:
            continue
        assert passed == value == value.strip()
        assert len(f"key = {passed}".splitlines()) == 1
        assert ";" not in passed


def test_calls_go_out_over_the_trunk_with_an_address_and_by_no_other_way() -> None:
    out = Trunk("provider", match=("192.0.2.1",), password="trunk-secret", address="sip.example.net:5070")
    pjsip = render(replace(GOOD, trunks=(out,)))["pjsip.conf"]
    outside = pjsip[pjsip.index("[cc-outside]") :]
    assert "contact = sip:sip.example.net:5070" in outside
    assert "outbound_auth = cc-outside" in outside
    assert "username = provider" in outside
    assert "context = cc-station" in outside, "nothing may come in by it"
    assert "[cc-outside]" not in render(GOOD)["pjsip.conf"]


def test_each_key_has_a_context_that_knows_it_alone() -> None:
    plan = render(GOOD)["extensions.conf"]
    for key, name in {**{digit: digit for digit in "0123456789"}, "*": "star", "#": "hash"}.items():
        body = plan.split(f"[cc-key-{name}]")[1].split("[")[0]
        assert body.strip().startswith(f"exten => {key},1,")
        assert body.count("exten") == 1
    assert "[cc-key-none]" in plan


def test_a_trunk_without_a_password_is_known_by_its_address_alone() -> None:
    by_address = Trunk("provider", match=("192.0.2.1",))
    by_password = Trunk("second", password="trunk-secret")
    pjsip = render(replace(GOOD, trunks=(by_address, by_password)))["pjsip.conf"]
    first, second = pjsip.split("[provider](cc-trunk)")[1].split("[second](cc-trunk)")
    assert "identify_by = ip" in first.split("[")[0]
    assert "identify_by" not in second.split("[")[0]


def test_a_stun_server_is_asked_only_where_one_is_named() -> None:
    assert "stunaddr" not in render(GOOD)["rtp.conf"]
    rtp = render(replace(GOOD, stun_server="stun.example.org:3478"))["rtp.conf"]
    assert "\nstunaddr = stun.example.org:3478\n" in rtp
