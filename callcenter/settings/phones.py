"""The settings of phones, and of the Asterisk that is configured for them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from callcenter.settings.section import EMPTY, Section
from callcenter.settings.values import (
    Address,
    Network,
    NonEmpty,
    Port,
    StationName,
    StationRange,
    StunServer,
    TrunkName,
    TurnUrl,
)


class PhoneSection(Section):
    """Phones in browsers that are far away. Where they reach Asterisk's voice ports, leave it empty."""

    stun_server: StunServer = Field(
        default="",
        description="host or host:port, for browsers, and for an Asterisk behind address translation",
    )
    turn_servers: tuple[TurnUrl, ...] = Field(
        default=(), description="Relays for browsers, such as 'turn:relay.example.org:3478?transport=tcp'"
    )
    turn_secret: SecretStr = Field(
        default=EMPTY, description="What the relays share with us (coturn's static-auth-secret)"
    )
    turn_secret_file: str = Field(default="", description="A file that holds it, instead")


class TrunkSection(Section):
    """Where callers come from; the table's name is the trunk's, and its SIP user when it has a password."""

    match: tuple[Network, ...] = Field(default=(), description="Addresses or networks that it sends from")
    password: SecretStr = Field(default=EMPTY, description="Empty: known by its addresses alone")
    password_file: str = Field(default="", description="A file that holds the password, instead")
    address: str = Field(
        default="", description="Where calls go out to (host or host:port); one trunk at most has it"
    )


class StationSection(Section):
    """An operator's phone or browser; the table's name is its SIP user."""

    kind: Literal["plain", "webrtc"] = Field(default="webrtc", description="A SIP phone, or a browser")
    password: SecretStr = Field(
        default=EMPTY,
        description="Its SIP password, at least 8 characters; empty for a browser: made from the manager's",
    )
    password_file: str = Field(default="", description="A file that holds the password, instead")
    fallback_penalty: int = Field(
        default=-1, ge=-1, le=100, description="Rings while no server is up, lowest first; -1: does not"
    )


class AsteriskSection(Section):
    """What `callcenter asterisk-config` renders; the manager's user, password and port are those above."""

    ami_bind: Address = Field(
        default="127.0.0.1", description="Where the manager listens; never a public address"
    )
    ami_permit: tuple[Network, ...] = Field(
        default=("127.0.0.1",), description="Whence callcenter connects; all others are denied"
    )
    tls_certificate: str = Field(
        default="", description="With ami.tls: absolute path of the PEM on Asterisk's host"
    )
    tls_private_key: str = Field(default="", description="With ami.tls: the same for its key")
    sip_bind: Address = Field(default="0.0.0.0", description="Where phones and trunks reach SIP")  # noqa: S104
    sip_port: Port = Field(default=5060, description="SIP over UDP")
    http_bind: Address = Field(default="127.0.0.1", description="Where SIP over WebSocket listens")
    http_port: Port = Field(default=8088, description="SIP over WebSocket, at /ws")
    rtp_first: int = Field(default=10_000, ge=1_024, le=65_534, description="The first UDP port for voice")
    rtp_last: int = Field(default=20_000, ge=1_025, le=65_535, description="The last one")
    ring_seconds: int = Field(
        default=20, ge=1, le=600, description="How long a phone rings when nothing else is said"
    )
    moh_class: NonEmpty = Field(default="default", description="The class of music that waiting callers hear")
    moh_directory: NonEmpty = Field(default="/usr/share/asterisk/moh", description="Where its files are")
    sorry_prompt: NonEmpty = Field(
        default="please-try-call-later", description="Played before a caller is let go whom nobody answered"
    )
    language: NonEmpty = Field(
        default="en", description="Of the recordings: a folder under Asterisk's sounds"
    )
    other_language: NonEmpty = Field(
        default="ru", description="Where a prompt is looked for that neither the call's language nor that has"
    )
    prompts_dir: NonEmpty = Field(
        default="/var/lib/callcenter/prompts",
        description="Flows' prompts on Asterisk's host, a folder for each language; Asterisk reads it",
    )
    messages_dir: NonEmpty = Field(
        default="/var/spool/asterisk/callcenter",
        description="Where Asterisk writes the messages that callers leave",
    )
    recordings_dir: NonEmpty = Field(
        default="/var/spool/asterisk/callcenter-recordings",
        description="Where Asterisk writes the recordings of conversations",
    )
    tone_zone: Literal["ru", "us", "gb"] = Field(
        default="ru", description="Whose dial and busy tones are made"
    )
    modules_dir: NonEmpty = Field(
        default="/usr/lib/x86_64-linux-gnu/asterisk/modules",
        description="Where Asterisk's modules are on its host",
    )
    browser_stations: tuple[StationRange, ...] = Field(
        default=("a1000-a1099",),
        description="Stations for browsers; give one to a user, and his browser is his phone",
    )
    trunks: dict[TrunkName, TrunkSection] = Field(
        default={}, description="Trunks by name, which begins with b to z"
    )
    stations: dict[StationName, StationSection] = Field(
        default={}, description="Stations by name, which begins with a"
    )
