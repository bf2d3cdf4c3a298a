"""What the rendered configuration is made from. Values are checked when they are rendered, not here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class StationKind(StrEnum):
    """How a station reaches Asterisk."""

    PLAIN = "plain"
    """A desk phone or softphone: SIP over UDP, RTP."""
    WEBRTC = "webrtc"
    """A browser: SIP over WebSocket, DTLS-SRTP."""


class ToneZone(StrEnum):
    """Whose dial, busy and ring tones Asterisk makes."""

    RU = "ru"
    US = "us"
    GB = "gb"


@dataclass(frozen=True, slots=True)
class AmiTls:
    """AMI over TLS, beside the plain port (which should then listen on loopback only)."""

    bind: str
    port: int
    certificate: str
    """Absolute path to a PEM file on the Asterisk host, readable by Asterisk."""
    private_key: str


@dataclass(frozen=True, slots=True)
class Trunk:
    """Where callers come from. Known by its addresses, by a password, or by both; never by neither."""

    name: str
    """Also its SIP user name when it has a password."""
    match: tuple[str, ...] = ()
    """IP addresses or networks; whoever sends from there needs no password unless one is set too."""
    password: str | None = field(default=None, repr=False)
    address: str | None = None
    """Where calls go out to: an IP address or host name, with a port behind ``:`` unless it is 5060. With a
    password, we answer the provider's challenge with it and the trunk's name. One trunk at most has it."""


@dataclass(frozen=True, slots=True)
class Station:
    """An operator's phone or browser. Its id is its endpoint's name and its SIP user name, too."""

    id: str
    kind: StationKind
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FallbackMember:
    """A station that rings while no server is up. Lower penalties ring first."""

    station: str
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class Directories:
    """Asterisk's directories, absolute; the defaults are those of Debian's package on x86-64."""

    etc: str = "/etc/asterisk"
    modules: str = "/usr/lib/x86_64-linux-gnu/asterisk/modules"
    var: str = "/var/lib/asterisk"
    db: str = "/var/lib/asterisk"
    keys: str = "/var/lib/asterisk"
    data: str = "/usr/share/asterisk"
    spool: str = "/var/spool/asterisk"
    run: str = "/var/run/asterisk"
    log: str = "/var/log/asterisk"


@dataclass(frozen=True, slots=True)
class AsteriskConfig:
    """One Asterisk server, whole. Secrets are given by value and kept out of ``repr``."""

    ami_secret: str = field(repr=False)
    system_name: str = "callcenter"
    """Prefixes each call's id; differs between the Asterisk servers of one site."""
    ami_user: str = "callcenter"
    ami_bind: str = "127.0.0.1"
    ami_port: int = 5038
    ami_permit: tuple[str, ...] = ("127.0.0.1",)
    """Addresses or networks the server may connect from; everyone else is denied."""
    ami_tls: AmiTls | None = None
    sip_bind: str = "0.0.0.0"  # noqa: S104 (phones and trunks are elsewhere)
    sip_port: int = 5060
    http_bind: str = "127.0.0.1"
    http_port: int = 8088
    """SIP over WebSocket, at ``/ws``."""
    rtp_first: int = 10000
    rtp_last: int = 20000
    """Both included; a call takes an even port and the one above it on each leg."""
    stun_server: str | None = None
    """``host`` or ``host:port``, asked at the begin of each browser's call for the address that we are seen
    at. Only for an Asterisk behind address translation: one that does not answer delays each of these calls.
    Asterisk takes one, and no IPv6 address."""
    trunks: tuple[Trunk, ...] = ()
    stations: tuple[Station, ...] = ()
    fallback_members: tuple[FallbackMember, ...] = ()
    ring_seconds: int = 20
    moh_class: str = "default"
    moh_directory: str = "/usr/share/asterisk/moh"
    sorry_prompt: str = "please-try-call-later"
    """Played before a caller is let go whom nobody answered, server or fallback."""
    language: str = "en"
    """Of Asterisk's recordings: a folder under ``<data>/sounds``. Also where a prompt is looked for that the
    call's own language lacks."""
    other_language: str = "ru"
    """Where such a prompt is looked for at last."""
    prompts_directory: str = "/var/lib/callcenter/prompts"
    """Of flows' prompts on Asterisk's host, with a folder for each language; Asterisk only reads it."""
    messages_directory: str = "/var/spool/asterisk/callcenter"
    """Where Asterisk writes the messages that callers leave; it makes the folder if it may."""
    recordings_directory: str = "/var/spool/asterisk/callcenter-recordings"
    """Where Asterisk writes the recordings of conversations; it makes the folder if it may."""
    tone_zone: ToneZone = ToneZone.RU
    directories: Directories = Directories()
