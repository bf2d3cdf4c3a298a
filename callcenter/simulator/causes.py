"""What Asterisk makes of a SIP refusal: the Q.850 cause, and the two words for it."""

from __future__ import annotations

from collections.abc import Sequence

from callcenter.simulator.channels import (
    ALERTING_NO_ANSWER,
    BUSY,
    CONGESTION,
    NO_ROUTE,
    NORMAL,
    REJECTED,
    UNALLOCATED,
)

CAUSE_OF_CODE = {
    404: UNALLOCATED,
    480: ALERTING_NO_ANSWER,
    486: BUSY,
    503: CONGESTION,
    600: BUSY,
    603: REJECTED,
}
"""Q.850 causes that chan_pjsip makes of a phone's SIP answer."""


def dial_end_status(cause: int) -> str:
    """DialEnd's DialStatus for a leg that ended with ``cause``. A 603 reads NOANSWER here, and
    CHANUNAVAIL in DIALSTATUS: Asterisk maps causes in two places, differently (seen)."""
    return {BUSY: "BUSY", CONGESTION: "CONGESTION", NO_ROUTE: "CHANUNAVAIL"}.get(cause, "NOANSWER")


def dial_status(cause: int) -> str:
    """DIALSTATUS after such a leg was the only one."""
    known = {BUSY: "BUSY", CONGESTION: "CONGESTION", NORMAL: "NOANSWER", ALERTING_NO_ANSWER: "NOANSWER"}
    return known.get(cause, "CHANUNAVAIL")


def dial_status_of_all(causes: Sequence[int]) -> str:
    """DIALSTATUS after all legs failed with these: somebody who did not answer outweighs the rest, then comes
    who was busy."""
    words = {dial_status(cause) for cause in causes}
    return next(word for word in ("NOANSWER", "BUSY", "CONGESTION", "CHANUNAVAIL") if word in words)
