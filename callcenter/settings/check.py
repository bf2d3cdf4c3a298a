"""What no single setting shows: contradictions between settings that are fine by themselves."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callcenter.asterisk_config import AsteriskConfigError, render
from callcenter.errors import ConfigError
from callcenter.settings.asterisk import PLAIN_AMI_PORT, asterisk_config
from callcenter.settings.models import Settings
from callcenter.settings.values import minutes_of


@dataclass(frozen=True, slots=True)
class Contradiction:
    """``key`` is the setting to change; the others take part in it."""

    key: str
    others: tuple[str, ...]
    problem: str
    remedy: str


def contradictions(settings: Settings) -> Iterator[Contradiction]:
    """Every one, in the order of the file."""
    yield from _times(settings)
    yield from _servers(settings)
    yield from _tls(settings)
    yield from _ports(settings)
    yield from _relays(settings)
    yield from _asterisk(settings)


def missing_secrets(settings: Settings) -> list[ConfigError]:
    """What must be there before an Asterisk server can be spoken to. Settings without it load, since not
    every command speaks to one."""
    return [
        ConfigError(
            f"telephony.{server}.secret",
            "no password for Asterisk's manager interface",
            "Set CALLCENTER_AMI_SECRET or CALLCENTER_AMI_SECRET_FILE, the same as in Asterisk's manager.conf",
        )
        for server in settings.telephony
        if not settings.telephony_secret(server).get_secret_value()
    ]


def _times(settings: Settings) -> Iterator[Contradiction]:
    web, ami = settings.web, settings.ami
    if web.session_idle_hours > web.session_hours:
        yield Contradiction(
            "web.session_idle_hours",
            ("web.session_hours",),
            "is longer than web.session_hours",
            f"Write at most {web.session_hours:g}",
        )
    callbacks = settings.callbacks
    if minutes_of(callbacks.closes) <= minutes_of(callbacks.opens):
        yield Contradiction(
            "callbacks.closes",
            ("callbacks.opens",),
            "is not after callbacks.opens, so nobody would ever be called back",
            "Write a later time of the same day, such as '20:00'",
        )
    if ami.backoff_first_seconds > ami.backoff_max_seconds:
        yield Contradiction(
            "ami.backoff_first_seconds",
            ("ami.backoff_max_seconds",),
            "is longer than ami.backoff_max_seconds",
            f"Write at most {ami.backoff_max_seconds:g}",
        )


def _servers(settings: Settings) -> Iterator[Contradiction]:
    seen: dict[tuple[str, int], str] = {}
    for name, server in settings.telephony.items():
        place = (server.host.lower(), settings.telephony_port(name))
        if (first := seen.setdefault(place, name)) != name:
            yield Contradiction(
                f"telephony.{name}.host",
                (f"telephony.{first}.host", f"telephony.{name}.port", f"telephony.{first}.port", "ami.port"),
                f"is the same server as telephony.{first} ({place[0]}:{place[1]})",
                "Remove one of the two, or each call would be handled twice",
            )


def _tls(settings: Settings) -> Iterator[Contradiction]:
    tls = settings.ami.tls
    if bool(tls.certificate) != bool(tls.private_key):
        given, lacking = ("certificate", "private_key") if tls.certificate else ("private_key", "certificate")
        yield Contradiction(
            f"ami.tls.{lacking}",
            (f"ami.tls.{given}",),
            f"is empty, though ami.tls.{given} is set",
            "Set both or neither",
        )
    for name in ("ca_file", "certificate", "private_key"):
        path = getattr(tls, name)
        if tls.enabled and path and not Path(path).is_file():
            yield Contradiction(
                f"ami.tls.{name}", (), f"there is no file {path}", "Write the path of a PEM file"
            )


def _ports(settings: Settings) -> Iterator[Contradiction]:
    section = settings.asterisk
    listeners = [("web.port", settings.web.host, settings.web.port)]
    local = [name for name, server in settings.telephony.items() if server.host in _LOOPBACK]
    for name in local[:1]:
        key = f"telephony.{name}.port" if settings.telephony[name].port else "ami.port"
        listeners.append((key, section.ami_bind, settings.telephony_port(name)))
        if settings.ami.tls.enabled and is_turnkey(settings):
            listeners.append(("ami.tls.enabled", "127.0.0.1", PLAIN_AMI_PORT))
        if is_turnkey(settings):
            listeners.append(("asterisk.http_port", section.http_bind, section.http_port))
    for index, (key, host, port) in enumerate(listeners):
        for other, other_host, other_port in listeners[:index]:
            if port == other_port and _overlap(host, other_host):
                yield Contradiction(
                    key, (other,), f"port {port} is taken by {other}", "Choose another port for one of them"
                )
    if section.rtp_first + 3 > section.rtp_last:
        yield Contradiction(
            "asterisk.rtp_last",
            ("asterisk.rtp_first",),
            f"leaves no room for a call above rtp_first ({section.rtp_first})",
            f"Write at least {section.rtp_first + 3}",
        )
    elif section.rtp_first <= section.sip_port <= section.rtp_last:
        yield Contradiction(
            "asterisk.sip_port",
            ("asterisk.rtp_first", "asterisk.rtp_last"),
            f"lies among the voice ports {section.rtp_first} to {section.rtp_last}",
            "Choose a port outside them",
        )


def _relays(settings: Settings) -> Iterator[Contradiction]:
    phone, secret = settings.phone, settings.phone.turn_secret.get_secret_value()
    if phone.turn_servers and not secret:
        yield Contradiction(
            "phone.turn_secret",
            ("phone.turn_servers",),
            "is empty, though phone.turn_servers are set",
            "Set it to what the relays share with us (coturn: use-auth-secret and static-auth-secret)",
        )
    if secret and not phone.turn_servers:
        yield Contradiction(
            "phone.turn_servers",
            ("phone.turn_secret",),
            "are empty, though phone.turn_secret is set",
            "Name the relays, or leave the secret out",
        )


def _overlap(one: str, other: str) -> bool:
    def any_address(host: str) -> bool:
        try:
            return ipaddress.ip_address(host).is_unspecified
        except ValueError:
            return False

    same = {one, other} <= _LOOPBACK
    return one == other or same or any_address(one) or any_address(other)


def is_turnkey(settings: Settings) -> bool:
    """Whether [asterisk] is used at all: an Asterisk that is configured by hand has no trunks here."""
    return bool(settings.asterisk.stations or settings.asterisk.trunks)


def _asterisk(settings: Settings) -> Iterator[Contradiction]:
    """Ask the renderer, as soon as there is something to render, and a secret to do so with."""
    for server in settings.telephony:
        if not is_turnkey(settings) or not settings.telephony_secret(server).get_secret_value():
            continue
        try:
            render(asterisk_config(settings, server))
        except AsteriskConfigError as error:
            problem, remedy = error.problem, error.remedy[:1].upper() + error.remedy[1:]
            yield Contradiction(_rendered_from(settings, error.field), (), problem, remedy)
            return


def _rendered_from(settings: Settings, field: str) -> str:
    """The setting that a field of ``AsteriskConfig`` comes from."""
    if found := _INDEXED.match(field):
        collection = "trunks" if found["collection"] == "trunks" else "stations"
        names = list(getattr(settings.asterisk, collection))
        if found["collection"] == "stations" and int(found["index"]) >= len(names):
            return "asterisk.browser_stations"
        if found["collection"] != "fallback_members":
            return f"asterisk.{collection}.{names[int(found['index'])]}{found['rest']}".removesuffix(".id")
        return f"asterisk.{collection}"
    return _RENDERED.get(field, f"asterisk.{field}")


_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_INDEXED = re.compile(r"(?P<collection>trunks|stations|fallback_members)\[(?P<index>\d+)\](?P<rest>(\.\w+)?)")
_RENDERED = {
    "ami_secret": "ami.secret",
    "ami_user": "ami.username",
    "ami_port": "ami.port",
    "ami_tls.certificate": "asterisk.tls_certificate",
    "ami_tls.private_key": "asterisk.tls_private_key",
    "system_name": "telephony",
    "directories.modules": "asterisk.modules_dir",
    "stun_server": "phone.stun_server",
}
