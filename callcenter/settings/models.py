"""Every setting: its type, bounds, default and explanation. ``config/callcenter.toml`` and the table in
``docs/configuration.md`` are written from these by ``python -m callcenter.settings``.

A field ``<name>_file`` beside a secret ``<name>`` names a file that holds it; ``load`` reads it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from callcenter.settings.phones import AsteriskSection, PhoneSection
from callcenter.settings.section import EMPTY, Section
from callcenter.settings.values import (
    DatabaseUrl,
    Host,
    Network,
    NonEmpty,
    Origin,
    Port,
    PortOrInherit,
    Prefix,
    RedisUrl,
    Region,
    Seconds,
    ServerName,
    StationRange,
    TimeOfDay,
    Timezone,
    WebSocketUrl,
)


class SiteSection(Section):
    """The site as a whole."""

    name: NonEmpty = Field(default="callcenter", description="The site's name, as people see it")
    node: str = Field(
        default="",
        max_length=64,
        pattern=r"^[A-Za-z0-9._-]*$",
        description="This process's name, unique within the site; empty: host name and process id",
    )
    timezone: Timezone = Field(
        default="Europe/Moscow", description="The IANA zone in which times are shown and days begin"
    )
    region: Region = Field(
        default="RU", description="The country whose numbers are written without a country code"
    )
    language: Literal["ru", "en"] = Field(
        default="ru", description="What people are spoken to before they choose"
    )


class WebSection(Section):
    """What browsers and API users speak to."""

    host: Host = Field(default="127.0.0.1", description="The address to listen on; 0.0.0.0 for all")
    port: Port = Field(default=8080, description="The TCP port to listen on")
    public_url: Origin = Field(
        default="http://localhost:8080", description="How browsers reach us; https:// makes cookies secure"
    )
    extra_origins: tuple[Origin, ...] = Field(
        default=(), description="Further sites whose pages may use the API with a person's session"
    )
    trusted_proxies: tuple[Network, ...] = Field(
        default=(), description="Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed"
    )
    session_hours: float = Field(
        default=16.0, ge=0.1, le=720, description="Hours after which one must sign in again"
    )
    session_idle_hours: float = Field(
        default=8.0, ge=0.1, le=720, description="Hours without a sign of life after which a session ends"
    )


class DatabaseSection(Section):
    """Where clients, calls and people are kept."""

    url: DatabaseUrl = Field(
        default=SecretStr("sqlite:///var/callcenter.sqlite3"),
        description="sqlite:///file or postgresql://user:password@host/name",
    )
    url_file: str = Field(default="", description="A file that holds the URL, instead")
    pool_size: int = Field(
        default=10, ge=2, le=200, description="The most connections of one process; four more look callers up"
    )


class RedisSection(Section):
    """What several processes of one site share. Without it, run one process."""

    url: RedisUrl = Field(
        default=EMPTY, description="redis://, rediss:// or unix://; empty: a single process"
    )
    url_file: str = Field(default="", description="A file that holds the URL, instead")
    prefix: Prefix = Field(
        default="callcenter", description="Sets this site's keys apart from others on that server"
    )
    lease_seconds: float = Field(
        default=6.0, ge=1, le=60, description="How long a router that died keeps others from taking over"
    )


class AmiTlsSection(Section):
    """TLS to Asterisk's manager interface, for all servers."""

    enabled: bool = Field(default=False, description="Speak TLS; ami.port is then Asterisk's TLS port")
    ca_file: str = Field(
        default="", description="PEM of the authority that signed the certificate; empty: the system's"
    )
    certificate: str = Field(default="", description="PEM of our own certificate, where one is asked for")
    private_key: str = Field(default="", description="PEM of its key")
    check_hostname: bool = Field(default=True, description="The certificate must name the host we connect to")


class AmiSection(Section):
    """How Asterisk servers are spoken to; [telephony.*] says which."""

    username: NonEmpty = Field(default="callcenter", description="The manager user")
    secret: SecretStr = Field(default=EMPTY, description="Its password; give it by environment or file")
    secret_file: str = Field(default="", description="A file that holds the password, instead")
    port: Port = Field(default=5038, description="The manager's TCP port")
    connect_seconds: Seconds = Field(
        default=5.0, description="Deadline of connecting and of each step of the login"
    )
    action_seconds: Seconds = Field(
        default=5.0, description="After this, a command without an answer has failed"
    )
    list_seconds: Seconds = Field(default=10.0, description="Deadline of each list of a resync")
    ping_seconds: Seconds = Field(default=5.0, description="Pause between pings")
    ping_deadline_seconds: Seconds = Field(
        default=5.0, description="A link that leaves a ping unanswered so long is cut"
    )
    heartbeat_seconds: float = Field(
        default=4.0,
        ge=1,
        le=5,
        description="Pause between signs of life; after 15 s Asterisk's own queue takes over",
    )
    backoff_first_seconds: float = Field(
        default=0.2, ge=0.05, le=60, description="First pause before connecting again"
    )
    backoff_max_seconds: float = Field(
        default=5.0, ge=0.05, le=60, description="Longest pause before connecting again"
    )
    denied_retry_seconds: float = Field(
        default=60.0, ge=1, le=3600, description="Pause after a password was refused"
    )
    inbox_size: int = Field(
        default=50_000,
        ge=1_000,
        le=1_000_000,
        description="Events kept for a router that is behind; beyond, a resync",
    )
    tls: AmiTlsSection = AmiTlsSection()


class TelephonySection(Section):
    """One Asterisk server; the table's name becomes part of every call's id and must never change."""

    host: Host = Field(default="127.0.0.1", description="Where its manager interface is")
    port: PortOrInherit = Field(default=0, description="0: as in [ami]")
    username: str = Field(default="", max_length=200, description="Empty: as in [ami]")
    secret: SecretStr = Field(default=EMPTY, description="Empty: as in [ami]")
    secret_file: str = Field(default="", description="A file that holds the password, instead")
    sip_url: WebSocketUrl = Field(
        default="",
        description="Its SIP over WebSocket, for browsers' phones; empty: ws://<host>:<asterisk.http_port>/ws",
    )
    browser_stations: tuple[StationRange, ...] = Field(
        default=(),
        description="Ranges of stations whose browsers register here; with one server leave it empty",
    )


class RoutingSection(Section):
    """How calls reach agents. Queues, skills and agents are in the database."""

    pop_gate_ms: int = Field(
        default=150,
        ge=0,
        le=5_000,
        description="The longest that a ring waits for the client's card to be on screen, ms",
    )
    browser_grace_seconds: float = Field(
        default=20.0,
        ge=0,
        le=3_600,
        description="An agent whose browser is gone so long is offered no more calls",
    )
    audit_seconds: float = Field(
        default=30.0, ge=5, le=3_600, description="Pause between comparisons of our picture with Asterisk's"
    )
    decline_pause_seconds: float = Field(
        default=5.0, ge=0, le=600, description="An agent who declined a call is left in peace for so long"
    )
    reoffer_seconds: float = Field(
        default=10.0,
        ge=0,
        le=3_600,
        description="When nobody else can take it, who declined a call gets it again after",
    )
    park_seconds: float = Field(
        default=120.0,
        ge=10,
        le=3_600,
        description="A parked caller whom nobody fetched so long goes back to the head of his queue",
    )


class CallbacksSection(Section):
    """Calling clients back who kept their place, and the list of those who gave up."""

    opens: TimeOfDay = Field(
        default="09:00", description="Nobody is dialled earlier, on the client's own clock; before `closes`"
    )
    closes: TimeOfDay = Field(default="20:00", description="Nor from this time on")
    strict_zones: bool = Field(
        default=False,
        description="Of a number that may be in several time zones, ask all of them, not the site's alone",
    )
    most_attempts: int = Field(default=3, ge=1, le=20, description="So often is a client dialled at most")
    busy_seconds: float = Field(default=300.0, ge=30, le=86_400, description="Until the next try when busy")
    no_answer_seconds: float = Field(
        default=1_800.0,
        ge=30,
        le=86_400,
        description="The same when nobody answered, or the outcome is unknown",
    )
    failed_seconds: float = Field(
        default=3_600.0, ge=30, le=86_400, description="The same when the number could not be dialled"
    )
    ring_seconds: int = Field(default=40, ge=5, le=180, description="How long the client's phone rings")
    keep_hours: float = Field(default=48.0, gt=0, le=720, description="How long a promise stands")
    missed_days: float = Field(
        default=7.0, gt=0, le=90, description="How long a caller who gave up is to be called back"
    )


class ChatSection(Section):
    """What colleagues write to each other in the console."""

    keep_days: float = Field(
        default=90.0,
        gt=0,
        le=3_650,
        description="How long it can be read and searched; the ledger keeps it as all that happened",
    )


class HistorySection(Section):
    """The ledger of all that happened."""

    journal_dir: NonEmpty = Field(
        default="var/journal",
        description="A folder of this process alone, for facts the database does not have yet",
    )


class LogSection(Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is written"
    )
    format: Literal["console", "json"] = Field(
        default="console", description="For people, or one JSON object a line"
    )
    pii: bool = Field(default=False, description="Write phone numbers, names and DTMF, too; mind the law")


class Settings(Section):
    """All settings of a process."""

    site: SiteSection = SiteSection()
    web: WebSection = WebSection()
    database: DatabaseSection = DatabaseSection()
    redis: RedisSection = RedisSection()
    ami: AmiSection = AmiSection()
    telephony: dict[ServerName, TelephonySection] = Field(
        default={"main": TelephonySection()}, min_length=1, description="Asterisk servers by name"
    )
    routing: RoutingSection = RoutingSection()
    callbacks: CallbacksSection = CallbacksSection()
    chat: ChatSection = ChatSection()
    history: HistorySection = HistorySection()
    phone: PhoneSection = PhoneSection()
    asterisk: AsteriskSection = AsteriskSection()
    log: LogSection = LogSection()

    def telephony_port(self, server: str) -> int:
        """The manager's port of a server, its own or the common one."""
        return self.telephony[server].port or self.ami.port

    def telephony_username(self, server: str) -> str:
        return self.telephony[server].username or self.ami.username

    def telephony_secret(self, server: str) -> SecretStr:
        """Empty when neither the server nor [ami] has one (see ``missing_secrets``)."""
        own = self.telephony[server].secret
        return own if own.get_secret_value() else self.ami.secret
