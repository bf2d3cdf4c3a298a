"""What the web counts; shown by ``/metrics``."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class WebMetrics:
    """Registers itself; one a registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "callcenter_http_requests_total",
            "HTTP requests answered",
            ["method", "route", "status"],
            registry=registry,
        )
        self.seconds = Histogram(
            "callcenter_http_request_seconds",
            "Time to answer an HTTP request",
            ["method", "route"],
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
            registry=registry,
        )
        self.sign_ins = Counter(
            "callcenter_sign_ins_total",
            "Sign-in tries by result (ok, wrong, limited)",
            ["result"],
            registry=registry,
        )
        self.connections = Gauge("callcenter_ws_connections", "Open WebSockets", registry=registry)
        self.frames_sent = Counter("callcenter_ws_frames_sent_total", "Frames sent", registry=registry)
        self.bytes_sent = Counter("callcenter_ws_bytes_sent_total", "Bytes of frames sent", registry=registry)
        self.pictures = Counter(
            "callcenter_ws_pictures_total",
            "How connections got their picture (snapshot, resume)",
            ["way"],
            registry=registry,
        )
        self.slow = Counter(
            "callcenter_ws_slow_total",
            "Browsers that fell behind, by what was done (snapshot, closed)",
            ["done"],
            registry=registry,
        )
        self.bad_frames = Counter(
            "callcenter_ws_bad_messages_total",
            "Messages of browsers that were refused",
            ["code"],
            registry=registry,
        )
        self.phones = Gauge("callcenter_sip_connections", "Browsers' phones connected", registry=registry)
        self.sip_refused = Counter(
            "callcenter_sip_refused_total",
            "SIP messages of browsers that were refused, by kind",
            ["kind"],
            registry=registry,
        )
        self.sip_ended = Counter(
            "callcenter_sip_ended_total",
            "Ends of browsers' SIP connections, by why (browser, asterisk, unreachable, slow, refused,"
            " signed_out, stopping)",
            ["why"],
            registry=registry,
        )
