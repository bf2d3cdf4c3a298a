"""Whom a request is from, and whether its page is ours: addresses and origins behind proxies. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web
from yarl import URL

from callcenter.errors import ConfigError

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Raises ``ConfigError``."""
    networks = []
    for text in texts:
        try:
            networks.append(ipaddress.ip_network(text, strict=False))
        except ValueError as error:
            raise ConfigError(
                "web.trusted_proxies", f"{text!r} is no network", "Write one as 10.0.0.0/8 or ::1"
            ) from error
    return tuple(networks)


def parse_origins(texts: Sequence[str]) -> frozenset[str]:
    """Raises ``ConfigError``."""
    origins = set()
    for text in texts:
        try:
            url = URL(text)
            if url.scheme not in ("http", "https") or url.raw_path not in ("", "/"):
                raise ValueError(text)
            origins.add(str(url.origin()))
        except ValueError as error:
            raise ConfigError(
                "web.origins", f"{text!r} is no origin", "Write one as https://crm.example.org"
            ) from error
    return frozenset(origins)


@dataclass(frozen=True, slots=True)
class NetworkRules:
    """Which proxies are believed, and which pages may write beside our own."""

    proxies: tuple[Network, ...]
    origins: frozenset[str]
    https: bool

    def address(self, request: web.Request) -> str:
        """The client's address: the last one in X-Forwarded-For that no trusted proxy of ours wrote."""
        peer = request.remote or ""
        hops = [
            hop.strip() for line in request.headers.getall("X-Forwarded-For", []) for hop in line.split(",")
        ]
        while hops and self._trusted(peer):
            peer = hops.pop()
        return peer[:64]

    def _trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.proxies)

    def own_page(self, request: web.Request) -> bool:
        """Whether the page that sent this is ours. Programs send neither header and are no one's tool: the
        cookie is theirs to send."""
        origin = request.headers.get("Origin")
        if origin is not None:
            return origin in self.origins or origin in self._own_origins(request)
        return request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none")

    def _own_origins(self, request: web.Request) -> tuple[str, ...]:
        scheme = "https" if self.https else request.scheme
        if self._trusted(request.remote or ""):
            scheme = request.headers.get("X-Forwarded-Proto", scheme)
        try:
            return (str(URL(f"{scheme}://{request.host}").origin()),)
        except ValueError:
            return ()
