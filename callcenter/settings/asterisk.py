"""The turnkey Asterisk configuration that these settings describe."""

from __future__ import annotations

import hashlib
import hmac

from pydantic import SecretStr

from callcenter.asterisk_config import (
    AmiTls,
    AsteriskConfig,
    Directories,
    FallbackMember,
    Station,
    StationKind,
    ToneZone,
    Trunk,
)
from callcenter.settings.models import Settings
from callcenter.settings.values import stations_of

PLAIN_AMI_PORT = 5038
"""With TLS, Asterisk still opens a plain manager port; it is kept on this one, on loopback."""


def asterisk_config(settings: Settings, server: str) -> AsteriskConfig:
    """What to render for the server ``[telephony.<server>]``. Its values are checked by ``render``.

    Raises ``KeyError`` for a server that the settings don't have."""
    section, tls = settings.asterisk, settings.ami.tls.enabled
    port = settings.telephony_port(server)
    over_tls = AmiTls(section.ami_bind, port, section.tls_certificate, section.tls_private_key)
    return AsteriskConfig(
        ami_secret=settings.telephony_secret(server).get_secret_value(),
        system_name=server,
        ami_user=settings.telephony_username(server),
        ami_bind="127.0.0.1" if tls else section.ami_bind,
        ami_port=PLAIN_AMI_PORT if tls else port,
        ami_permit=section.ami_permit,
        ami_tls=over_tls if tls else None,
        sip_bind=section.sip_bind,
        sip_port=section.sip_port,
        http_bind=section.http_bind,
        http_port=section.http_port,
        rtp_first=section.rtp_first,
        rtp_last=section.rtp_last,
        stun_server=settings.phone.stun_server or None,
        trunks=tuple(
            Trunk(name, trunk.match, _or_none(trunk.password), trunk.address or None)
            for name, trunk in section.trunks.items()
        ),
        stations=_stations(settings, server),
        fallback_members=tuple(
            FallbackMember(name, station.fallback_penalty)
            for name, station in section.stations.items()
            if station.fallback_penalty >= 0
        ),
        ring_seconds=section.ring_seconds,
        moh_class=section.moh_class,
        moh_directory=section.moh_directory,
        sorry_prompt=section.sorry_prompt,
        language=section.language,
        other_language=section.other_language,
        prompts_directory=section.prompts_dir,
        messages_directory=section.messages_dir,
        recordings_directory=section.recordings_dir,
        tone_zone=ToneZone(section.tone_zone),
        directories=Directories(modules=section.modules_dir),
    )


def browser_server(settings: Settings, station: str) -> str | None:
    """The server that this station's browser registers at: the first that names it, else the first that names
    none. ``None`` for a station that is no browser's."""
    section = settings.asterisk
    own = section.stations.get(station)
    if own is None and not _within(station, section.browser_stations):
        return None
    if own is not None and own.kind != StationKind.WEBRTC.value:
        return None
    servers = settings.telephony
    named = (name for name in servers if _within(station, servers[name].browser_stations))
    return next(named, next((name for name in servers if not servers[name].browser_stations), None))


def browser_password(settings: Settings, server: str, station: str) -> str:
    """The SIP password of a browser's station. Unless it is set, it is made from the password of the server's
    manager: who has that commands the calls there anyway, and there is one secret less to keep."""
    own = settings.asterisk.stations.get(station)
    given = "" if own is None else own.password.get_secret_value()
    return given or derived(settings, server, f"station {station}").hex()[:40]


def derived(settings: Settings, server: str, purpose: str) -> bytes:
    """A key for one purpose, the same on every node of the site. Says nothing of what it is made from."""
    secret = settings.telephony_secret(server).get_secret_value()
    return hmac.new(secret.encode(), f"callcenter {purpose}".encode(), hashlib.sha256).digest()


def _stations(settings: Settings, server: str) -> tuple[Station, ...]:
    """Those that are named, then the rest of the ranges for browsers."""
    section = settings.asterisk
    stations = []
    for name, station in section.stations.items():
        kind, password = StationKind(station.kind), station.password.get_secret_value()
        if kind is StationKind.WEBRTC:
            password = browser_password(settings, server, name)
        stations.append(Station(name, kind, password))
    ranges = [name for one in section.browser_stations for name in stations_of(one)]
    stations += [
        Station(name, StationKind.WEBRTC, browser_password(settings, server, name))
        for name in dict.fromkeys(ranges)
        if name not in section.stations and browser_server(settings, name) == server
    ]
    return tuple(stations)


def _within(station: str, ranges: tuple[str, ...]) -> bool:
    return any(station in stations_of(one) for one in ranges)


def _or_none(secret: SecretStr) -> str | None:
    return secret.get_secret_value() or None
