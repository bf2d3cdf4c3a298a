"""From the settings to the options of each room."""

from __future__ import annotations

from pathlib import Path

from callcenter.crm.dialling import DiallingNumbers
from callcenter.dispatch.options import CoreOptions
from callcenter.errors import ConfigError
from callcenter.flows.calendar import SiteCalendar
from callcenter.settings import Settings
from callcenter.settings.asterisk import browser_password, browser_server, derived
from callcenter.settings.values import minutes_of
from callcenter.telephony.ami import LinkOptions, TlsOptions
from callcenter.web.context import WebOptions
from callcenter.web.phone_ports import PhoneLine, PhoneLines
from callcenter.web.sip.ice import IceOptions
from routing.callbacks import CallbackRules
from routing.ids import ServerId, StationId

_FIRST_LOOK = 0.05
"""Seconds. A look-up takes 1.5 ms, and some more on a busy database; what is slower is not waited for."""


def core_options(settings: Settings) -> CoreOptions:
    routing, gate = settings.routing, settings.routing.pop_gate_ms / 1000
    return CoreOptions(
        pop_gate=gate,
        # Who doesn't wait for the card to be seen doesn't wait for it to be found either.
        first_look=min(_FIRST_LOOK, gate),
        browser_grace=routing.browser_grace_seconds,
        audit_interval=routing.audit_seconds,
        decline_pause=routing.decline_pause_seconds,
        reoffer_after=routing.reoffer_seconds,
        park_seconds=routing.park_seconds,
        calendar=SiteCalendar(settings.site.language),
        callbacks=callback_rules(settings),
        numbers=DiallingNumbers(settings.site.region),
        remember_missed=settings.callbacks.missed_days * 86_400,
    )


def link_options(settings: Settings) -> tuple[LinkOptions, ...]:
    ami, tls = settings.ami, settings.ami.tls

    def path(text: str) -> Path | None:
        return Path(text) if text else None

    tls_options = None
    if tls.enabled:
        tls_options = TlsOptions(
            path(tls.ca_file), path(tls.certificate), path(tls.private_key), tls.check_hostname
        )
    return tuple(
        LinkOptions(
            ServerId(name),
            server.host,
            settings.telephony_username(name),
            settings.telephony_secret(name).get_secret_value(),
            settings.telephony_port(name),
            tls_options,
            connect_timeout=ami.connect_seconds,
            action_timeout=ami.action_seconds,
            list_timeout=ami.list_seconds,
            ping_interval=ami.ping_seconds,
            ping_timeout=ami.ping_deadline_seconds,
            heartbeat_interval=ami.heartbeat_seconds,
            backoff_first=ami.backoff_first_seconds,
            backoff_max=ami.backoff_max_seconds,
            denied_retry=ami.denied_retry_seconds,
            inbox_limit=ami.inbox_size,
        )
        for name, server in settings.telephony.items()
    )


def check_tls(links: tuple[LinkOptions, ...]) -> None:
    for link in links:
        try:
            _ = link.tls and link.tls.context()
        except OSError as error:
            raise ConfigError(
                "ami.tls", f"its files can't be used: {error}", "Name PEM files that this process may read"
            ) from error


def web_options(settings: Settings) -> WebOptions:
    redis = settings.redis.url.get_secret_value()
    shared = redis.startswith(("redis://", "rediss://"))
    return WebOptions(
        https=settings.web.public_url.startswith("https://"),
        origins=(settings.web.public_url, *settings.web.extra_origins),
        trusted_proxies=settings.web.trusted_proxies,
        session_idle=settings.web.session_idle_hours * 3600,
        session_absolute=settings.web.session_hours * 3600,
        # Sign-ins are counted for the whole site where its nodes share something to count in.
        rate_limit_storage=f"async+{redis}" if shared else "async+memory://",
    )


def phone_lines(settings: Settings) -> PhoneLines:
    """The line of each station that is a browser, by the settings."""
    phone = settings.phone
    ice = IceOptions(phone.stun_server, phone.turn_servers, phone.turn_secret.get_secret_value())

    def line_of(station: StationId) -> PhoneLine | None:
        server = browser_server(settings, station)
        if server is None or not settings.telephony_secret(server).get_secret_value():
            return None
        said = settings.telephony[server]
        host = f"[{said.host}]" if ":" in said.host else said.host
        return PhoneLine(
            url=said.sip_url or f"ws://{host}:{settings.asterisk.http_port}/ws",
            password=browser_password(settings, server, station),
            key=derived(settings, server, "phone credentials"),
            ice=ice,
        )

    return line_of


def callback_rules(settings: Settings) -> CallbackRules:
    said = settings.callbacks
    return CallbackRules(
        zone=settings.site.timezone,
        opens=minutes_of(said.opens),
        closes=minutes_of(said.closes),
        strict=said.strict_zones,
        most_attempts=said.most_attempts,
        busy_gap=said.busy_seconds,
        no_answer_gap=said.no_answer_seconds,
        left_gap=said.no_answer_seconds,
        unknown_gap=said.no_answer_seconds,
        failed_gap=said.failed_seconds,
        keep_seconds=said.keep_hours * 3_600,
        ring_seconds=said.ring_seconds,
    )
