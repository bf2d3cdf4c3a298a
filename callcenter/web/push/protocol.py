"""The messages of ``/ws``: JSON text frames, one message a frame.

The console's types are generated from this module. What the server sends in bulk (snapshots, changes) is
spliced from bytes that were encoded once (see ``hub``); the classes here say what those bytes hold, and a
test decodes them with these classes.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, TypeAdapter

from callcenter.calls.states import PhoneProblem
from callcenter.calls.views import (
    AgentView,
    CallView,
    ChatMarksView,
    ChatView,
    ColleagueView,
    IntercomView,
    QueueView,
    ServerView,
)
from callcenter.web.client_schemas import (
    Card,
)

# --- the live picture ---------------------------------------------------------------------------------


class CardEntity(BaseModel):
    """The card of a call's caller, under ``card/<call>``."""

    kind: Literal["card"]
    call: str
    card: Card


class Entity(
    RootModel[
        Annotated[
            AgentView
            | CallView
            | QueueView
            | ServerView
            | CardEntity
            | ColleagueView
            | IntercomView
            | ChatView
            | ChatMarksView,
            Field(discriminator="kind"),
        ]
    ]
):
    """One thing on the floor, sent whole when it changes. Its key is ``agent/<agent>``, ``call/<call>``,
    ``queue/<queue>``, ``server/<server>``, ``card/<call>``, ``colleague/<agent>``,
    ``intercom/<intercom>``, ``chat/<conversation>`` or ``marks/<login>``."""


# --- from the browser ---------------------------------------------------------------------------------


class _Incoming(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class StreamPosition(_Incoming):
    """What the browser's picture is at. ``epoch`` is opaque: give back what the last snapshot said."""

    epoch: Annotated[str, Field(max_length=200)]
    seq: Annotated[int, Field(ge=0, le=2**63 - 1)]


class Hello(_Incoming):
    """The first message. ``tab`` names the browser tab, and survives a reload; ``resume`` asks for the
    changes since then instead of a snapshot; ``led`` says that this tab led until the connection broke."""

    type: Literal["hello"]
    tab: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9\-]+$")]
    resume: StreamPosition | None = None
    led: bool = False


class Painted(_Incoming):
    """The card of this offer is on the screen. Only the leading tab is listened to."""

    type: Literal["painted"]
    offer: Annotated[str, Field(min_length=1, max_length=140)]


class TakeLead(_Incoming):
    """This tab is where the agent works from now on."""

    type: Literal["lead"]


class PhoneReport(_Incoming):
    """What is wrong with the phone in this browser; ``null`` when it can take calls. Only the leading tab is
    listened to. To be said after each welcome, and when it changes; a browser that is no phone says
    nothing."""

    type: Literal["phone"]
    # From JSON comes text, whatever strictness says of Python's own values.
    problem: Annotated[PhoneProblem, Field(strict=False)] | None
    voice: bool = True
    """False when the agent talks, and this phone, which can take calls, never had that voice: the page was
    reloaded, or the phone was moved here. His station is rung anew for the conversation."""


class Ping(_Incoming):
    """Every 10 s, so that the browser notices a dead server; ``pong`` answers at once."""

    type: Literal["ping"]
    n: Annotated[int, Field(ge=0, le=2**53)]


class ClientMessage(
    RootModel[Annotated[Hello | Painted | TakeLead | PhoneReport | Ping, Field(discriminator="type")]]
):
    """Everything a browser may send."""


# --- to the browser -----------------------------------------------------------------------------------


class Welcome(BaseModel):
    """The answer to ``hello``. ``version`` is the build of the console that this server has; another than
    one's own means that a reload brings a newer one."""

    type: Literal["welcome"] = "welcome"
    node: str
    version: str
    leads: bool


class Snapshot(BaseModel):
    """Everything this viewer may see. Replaces all that was known."""

    type: Literal["snapshot"] = "snapshot"
    epoch: str
    seq: int
    entities: dict[str, Entity]


class Change(BaseModel):
    """``entity`` null: gone, or no longer this viewer's to see."""

    key: str
    entity: Entity | None


class Changes(BaseModel):
    """What changed since the message before, in order. ``seq`` is the new position; it may jump (by what
    this viewer does not see), and ``changes`` may be empty."""

    type: Literal["changes"] = "changes"
    seq: int
    changes: list[Change]


class LeadChanged(BaseModel):
    """``leads``: this tab leads now, or another took over."""

    type: Literal["lead"] = "lead"
    leads: bool


class Pong(BaseModel):
    type: Literal["pong"] = "pong"
    n: int


class ErrorCode(
    RootModel[
        Literal[
            "bad_json",
            "bad_message",
            "too_large",
            "binary",
            "hello_first",
            "hello_again",
            "not_leading",
            "refused",
        ]
    ]
):
    """What was wrong with a message of the browser."""


class ErrorMessage(BaseModel):
    """A message of the browser was not acceptable. The connection goes on."""

    type: Literal["error"] = "error"
    code: ErrorCode
    detail: str


class ServerMessage(
    RootModel[
        Annotated[
            Welcome | Snapshot | Changes | LeadChanged | Pong | ErrorMessage, Field(discriminator="type")
        ]
    ]
):
    """Everything the server may send."""


CLOSE_ABUSE = 4400
"""Several bad messages; reconnect only after mending the client."""
CLOSE_SIGNED_OUT = 4401
CLOSE_ORIGIN = 4403
CLOSE_TOO_SLOW = 4408
"""Could not keep up, or fell silent; reconnecting gives a snapshot."""
CLOSE_GOING_AWAY = 1001
"""The server stops; reconnect."""

incoming: TypeAdapter[Hello | Painted | TakeLead | PhoneReport | Ping] = TypeAdapter(
    Annotated[Hello | Painted | TakeLead | PhoneReport | Ping, Field(discriminator="type")]
)
"""Parses a frame: ``incoming.validate_json(text)``."""
