"""What the phone in a browser asks for and tells."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from callcenter.web.fields import Answer, Request

_Mos = Annotated[float, Field(ge=1, le=5, allow_inf_nan=False)]
_Ms = Annotated[float, Field(ge=0, le=60_000, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Packets = Annotated[int, Field(ge=0, le=10_000_000)]


class IceServer(Answer):
    """As a browser's ``RTCPeerConnection`` takes it. A relay's ``credential`` is good for hours."""

    urls: list[str]
    username: str = ""
    credential: str = Field(default="", repr=False)


class PhoneCredential(Answer):
    """What the browser registers with: a bearer token, good until ``expires_at`` for this session and this
    station only. Ask for the next one ``renew_seconds`` after this. ``ice_servers`` are for voice over a long
    way; there may be none."""

    uri: str
    token: str = Field(repr=False)
    expires_at: float
    renew_seconds: float
    ice_servers: list[IceServer]


class PhoneAccess(Answer):
    """``credential`` is ``null`` when the agent's station is a telephone, which registers by itself."""

    station: str
    credential: PhoneCredential | None


class CallQuality(Request):
    """What was measured since it was told last: means over ``samples`` measurements, and the worst. Times are
    ms, ``loss`` is a share of the packets; the packets are those since."""

    samples: Annotated[int, Field(ge=1, le=10_000)]
    mos: _Mos
    mos_worst: _Mos
    round_trip: _Ms
    round_trip_worst: _Ms
    jitter: _Ms
    jitter_worst: _Ms
    loss: _Share
    loss_worst: _Share
    packets_received: _Packets
    packets_lost: _Packets
