"""How one AMI link is set up."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from routing.ids import ServerId


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """TLS to the manager's ``tlsbindaddr``. The server's certificate is always verified."""

    ca_file: Path | None = None
    """PEM of the authority that signed Asterisk's certificate; None for the system's authorities."""
    certificate: Path | None = None
    """PEM of our own certificate, with ``private_key``, where a proxy before Asterisk asks for one."""
    private_key: Path | None = None
    check_hostname: bool = True
    """The certificate must name ``LinkOptions.host``. Off, any certificate of the authority will do."""

    def context(self) -> ssl.SSLContext:
        """Raises ``OSError`` (``ssl.SSLError`` too) for a file that can't be read or used."""
        context = ssl.create_default_context(cafile=None if self.ca_file is None else str(self.ca_file))
        context.check_hostname = self.check_hostname
        if self.certificate is not None:
            key = None if self.private_key is None else str(self.private_key)
            context.load_cert_chain(str(self.certificate), key)
        return context


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """One server's link. Times are seconds."""

    server: ServerId
    host: str
    username: str
    secret: str = field(repr=False)
    port: int = 5038
    tls: TlsOptions | None = None
    connect_timeout: float = 5.0
    """For the TCP connection, the TLS handshake and each step of the login."""
    action_timeout: float = 5.0
    """Until a command without an answer is reported as failed."""
    list_timeout: float = 10.0
    """For each list of a resync."""
    ping_interval: float = 5.0
    ping_timeout: float = 5.0
    """A link whose ping stays unanswered for this long is cut: a half-open one is found in their sum."""
    heartbeat_interval: float = 4.0
    """Of CC_HB. The dialplan sends callers to the fallback when it is over 15 s old: 3 to 5 is right."""
    backoff_first: float = 0.2
    backoff_max: float = 5.0
    """Pauses before connecting again double from first to max, each shortened by up to half at random. Max
    stays well below the heartbeat's 15 s, or a short cut sends callers to the fallback."""
    denied_retry: float = 60.0
    """Between tries with credentials that were refused."""
    inbox_limit: int = 50_000
    """Frames kept for a consumer that is behind; some 2,000 calls' worth."""
    max_frame: int = 65_536
    """Bytes of the longest frame that is read."""
    max_unsent: int = 1_048_576
    """Bytes written but not taken by the server, beyond which the link is cut."""


def pause(first: float, limit: float, times: int, jitter: float) -> float:
    """Seconds to wait after ``times`` failures in a row: doubled each time up to ``limit``, and shortened
    by up to half, so that several nodes don't come at once."""
    return min(limit, first * 2.0 ** min(times, 30)) * (1.0 - 0.5 * jitter)
