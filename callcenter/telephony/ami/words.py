"""Asterisk's words in ours: stations and channels, states, outcomes, causes. Without I/O."""

from __future__ import annotations

import re

from callcenter.telephony.ami.frames import Headers, first
from callcenter.telephony.events import RingOutcome, StationState, StepOutcome
from routing.ids import StationId

OUTSIDE = "cc-outside"
"""The PJSIP endpoint over which calls go out."""

UNKNOWN = "<unknown>"
"""What Asterisk writes for a number or name it does not have."""

STATION = re.compile(r"a[A-Za-z0-9_]{1,31}")
"""The dialplan's ``cc-dial`` takes extensions that begin with ``a``; trunks never do."""

OUTCOMES = {
    "ANSWER": RingOutcome.ANSWERED,
    "BUSY": RingOutcome.BUSY,
    "NOANSWER": RingOutcome.NO_ANSWER,
    "CANCEL": RingOutcome.CANCELLED,
    "ABORT": RingOutcome.CANCELLED,  # DialEnd's word for a leg that lost the race to answer
    "CHANUNAVAIL": RingOutcome.UNREACHABLE,
    "CONGESTION": RingOutcome.UNREACHABLE,
    "INVALIDARGS": RingOutcome.UNREACHABLE,
}
CAUSE_OUTCOMES = {
    16: RingOutcome.CANCELLED,
    17: RingOutcome.BUSY,
    18: RingOutcome.NO_ANSWER,
    19: RingOutcome.NO_ANSWER,
    21: RingOutcome.BUSY,
}
"""Of a call or a station's leg that we placed and nobody answered, by its Hangup's cause; any other means
that it can't be reached. OriginateResponse's Reason is 0 for all of them but the timeout, and comes before
the Hangup or after; DialEnd does not come for a timeout."""
STEP_OUTCOMES = {
    "DONE": StepOutcome.DONE,
    "FAILED": StepOutcome.FAILED,
    # DIALSTATUS of a call that went out
    "ANSWER": StepOutcome.ENDED,
    "BUSY": StepOutcome.NO_ANSWER,
    "NOANSWER": StepOutcome.NO_ANSWER,
    "CANCEL": StepOutcome.NO_ANSWER,
    "CHANUNAVAIL": StepOutcome.FAILED,
    "CONGESTION": StepOutcome.FAILED,
    "INVALIDARGS": StepOutcome.FAILED,
}
DIGITS = re.compile(r"[0-9*#]{0,64}")
_CALL_REJECTED = 21
"""The cause of a phone's 603 Decline; DialEnd calls it NOANSWER, and DIALSTATUS calls it CHANUNAVAIL."""
_DEVICE_STATES = {
    "NOT_INUSE": StationState.IDLE,
    "INUSE": StationState.BUSY,
    "BUSY": StationState.BUSY,
    "ONHOLD": StationState.BUSY,
    "RINGINUSE": StationState.BUSY,
    "RINGING": StationState.RINGING,
    "UNAVAILABLE": StationState.UNAVAILABLE,
    "INVALID": StationState.UNAVAILABLE,
    "UNKNOWN": StationState.UNKNOWN,
}


def station_of_device(device: str) -> StationId | None:
    """The station of a device (``PJSIP/a1001``); None for anything else."""
    technology, _, name = device.partition("/")
    if technology == "PJSIP" and STATION.fullmatch(name):
        return StationId(name)
    return None


def station_of_channel(channel: str) -> StationId | None:
    """The station of a channel (``PJSIP/a1001-0000002a``); None for anything else."""
    return station_of_device(channel.rpartition("-")[0])


def is_outside(channel: str) -> bool:
    """Whether a channel (``PJSIP/cc-outside-0000002a``) goes out to a number."""
    return channel.rpartition("-")[0] == f"PJSIP/{OUTSIDE}"


def station_state(word: str) -> StationState:
    """Asterisk's device state in our words; raises ``ValueError`` for one it does not have."""
    try:
        return _DEVICE_STATES[word]
    except KeyError:
        raise ValueError("unknown device state") from None


def plain(text: str) -> str:
    """A number or name, empty where Asterisk has none."""
    return "" if text == UNKNOWN else text


def one(headers: Headers, key: str) -> str:
    """A header that must be there; raises ``KeyError``. Of a repeated one, the first: Asterisk writes its own
    before what a dialplan adds."""
    value = headers[key]
    return value if isinstance(value, str) else value[0]


def number(headers: Headers, key: str) -> int:
    """A number that is good to have, 0 when it can't be read: for want of a cause no hang-up is passed
    over."""
    text = first(headers, key)
    return int(text) if text.isascii() and text.isdigit() else 0


def verdict(headers: Headers) -> tuple[RingOutcome, int]:
    """How a Dial ended, by the dialplan: DIALSTATUS and HANGUPCAUSE."""
    cause, outcome = number(headers, "cause"), ring_outcome(one(headers, "status"))
    if cause == _CALL_REJECTED and outcome is RingOutcome.UNREACHABLE:
        outcome = RingOutcome.BUSY
    return outcome, cause


def ring_outcome(status: str) -> RingOutcome:
    """A DIALSTATUS, or DialEnd's; raises ``ValueError`` for one that Asterisk does not have."""
    try:
        return OUTCOMES[status]
    except KeyError:
        raise ValueError("unknown dial status") from None
