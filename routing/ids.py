"""Names of the things that calls, agents and routing speak about.

Every id is a string. Ids that come from Asterisk are qualified with the telephony server, so that two
servers may use one Uniqueid: ``CallId`` and ``LegId`` read ``<server>:<Asterisk Uniqueid>``. A call's id is
the id of its caller's leg, which is Asterisk's Linkedid; it is stable over redirects, transfers and restarts.
"""

from __future__ import annotations

from typing import NewType

ServerId = NewType("ServerId", str)
"""A telephony server (one Asterisk), as named in the settings: ``main``."""
CallId = NewType("CallId", str)
"""One customer conversation, from arrival to the last leg's end: ``main:1764000000.17``."""
LegId = NewType("LegId", str)
"""One channel of a call: ``main:1764000003.18``."""
StationId = NewType("StationId", str)
"""The phone an agent sits at; the name of its PJSIP endpoint: ``a1001``."""
AgentId = NewType("AgentId", str)
"""An agent; the login name of the user, which never changes."""
QueueId = NewType("QueueId", str)
SkillId = NewType("SkillId", str)
TeamId = NewType("TeamId", str)
FlowId = NewType("FlowId", str)
StepId = NewType("StepId", str)
"""One step of a flow, within it."""
HoursId = NewType("HoursId", str)
PromptId = NewType("PromptId", str)
"""A recording that callers hear: ``welcome``."""
CallbackId = NewType("CallbackId", str)
"""A promise to call somebody back: of a place kept, ``<server>-<Uniqueid of the call>``."""
IntercomId = NewType("IntercomId", str)
"""A call between two agents. It is the id of the caller's own leg, and so its channels' ``CallId``:
``main:intercom-1764000000123-a1001``."""
OfferId = NewType("OfferId", str)
"""One ringing of one agent: ``<call id>/<n>``, n counting from 1 within the call."""
ClientId = NewType("ClientId", int)
"""A client's row in the CRM."""


def call_id(server: ServerId, uniqueid: str) -> CallId:
    return CallId(f"{server}:{uniqueid}")


def leg_id(server: ServerId, uniqueid: str) -> LegId:
    return LegId(f"{server}:{uniqueid}")


PLACED = "placed-"
"""How the Uniqueid of a call that we place begins; no Uniqueid of Asterisk's own does."""


def placed_call_id(server: ServerId, name: str) -> CallId:
    """The id of a call that we place: its Uniqueid is chosen by us before it is dialled.

    ``name`` is 1 to 100 letters, digits, ``_``, ``.`` and ``-``, and never used twice on a server: Asterisk
    refuses to dial under an id that is taken.
    """
    return CallId(f"{server}:{PLACED}{name}")


def is_placed(call: CallId) -> bool:
    """Whether we dialled the client, rather than he us."""
    return uniqueid_of(call).startswith(PLACED)


OF_STATION = "station-"
"""How the Uniqueid of a leg that we dial without a caller begins; no Uniqueid of Asterisk's own does."""


def station_leg_id(call: CallId, number: int) -> LegId:
    """The id of a station's leg that we dial for a call before anybody rings it (``CallStation``).

    ``number`` is 1 to 9999 and never used twice within the call. The id names the call, because nothing else
    in the first word on such a channel does.
    """
    return LegId(f"{server_of(call)}:{OF_STATION}{uniqueid_of(call)}-{number}")


def call_of_station_leg(leg: LegId) -> CallId | None:
    """The call that a ``station_leg_id`` was made for; None for any other leg."""
    uniqueid = uniqueid_of(leg)
    call, _, number = uniqueid.removeprefix(OF_STATION).rpartition("-")
    if not (uniqueid.startswith(OF_STATION) and call and number.isascii() and number.isdigit()):
        return None
    return CallId(f"{server_of(leg)}:{call}")


INTERCOM = "intercom-"
"""How the Uniqueid of the caller's own leg of an intercom begins; no Uniqueid of Asterisk's own does."""


def intercom_id(server: ServerId, station: StationId, milliseconds: int) -> IntercomId:
    """The id of an intercom that this station begins at that time; never used twice on a server."""
    return IntercomId(f"{server}:{INTERCOM}{milliseconds}-{station}")


def intercom_of(call: CallId) -> IntercomId | None:
    """The intercom whose channels have this Linkedid; None for a client's call."""
    return IntercomId(call) if uniqueid_of(call).startswith(INTERCOM) else None


def call_of_intercom(intercom: IntercomId) -> CallId:
    """What the channels of an intercom have for their call's id."""
    return CallId(intercom)


def own_leg_of(intercom: IntercomId) -> LegId:
    """The leg of who calls."""
    return LegId(intercom)


def server_of(qualified: CallId | LegId | IntercomId) -> ServerId:
    """The telephony server that a call, leg or intercom lives on."""
    return ServerId(qualified.partition(":")[0])


def uniqueid_of(qualified: CallId | LegId) -> str:
    """The Asterisk Uniqueid within a call's or leg's id."""
    return qualified.partition(":")[2]


def offer_id(call: CallId, number: int) -> OfferId:
    return OfferId(f"{call}/{number}")


def call_of(offer: OfferId) -> CallId:
    """The call that an offer belongs to."""
    return CallId(offer.rpartition("/")[0])
