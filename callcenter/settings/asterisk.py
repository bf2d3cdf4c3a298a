"""The turnkey Asterisk configuration that these settings describe."""

from __future__ import annotations

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
        trunks=tuple(
            Trunk(name, trunk.match, _or_none(trunk.password), trunk.address or None)
            for name, trunk in section.trunks.items()
        ),
        stations=tuple(
            Station(name, StationKind(station.kind), station.password.get_secret_value())
            for name, station in section.stations.items()
        ),
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


def _or_none(secret: SecretStr) -> str | None:
    return secret.get_secret_value() or None
