"""What the web asks of the rest of the house, as plain data and Protocols: people and their sessions, the
clients of the CRM, the history of calls, the routing plan.

The stores keep their own rows; ``app.py`` hands in adapters of this shape. Every method may raise
``OSError`` or an SQLAlchemy error when the database is away: the web answers 503 then. Numbers of rows are
always bounded by the caller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from callcenter.callbacks.views import CallbackView, MissedView
from callcenter.calls.chats import ConversationId
from callcenter.chat.views import WrittenMessage
from callcenter.crm.item_views import Item, ItemFilter, ItemKind, ItemPlace, NewItem
from callcenter.crm.views import Card, Client, ClientChanges, DueTask, Message, NewClient
from callcenter.flows.views import Prompt, Prompts as AllPrompts
from callcenter.history.figures import AgentFigures, Chosen
from callcenter.history.quality import LegQuality, QualityPart
from callcenter.history.queries import InteractionDetail, InteractionFilter, InteractionPage, IntercomRecord
from callcenter.people.audit import AuditEntry, AuditFilter
from callcenter.people.changes import Edited
from callcenter.people.site_plan import Author, Edit, SitePlan
from callcenter.people.views import Disposition, PauseReason, SessionRecord, User, UserChanges, WordVersions
from callcenter.scripts.documents import ScriptDocument
from callcenter.scripts.views import CallNote, CallScript, NoteWish, SavedScript, SavedVersion, ScriptVersion
from routing.acd.model import RoutingPlan
from routing.ids import AgentId, CallbackId, CallId, ClientId, QueueId


class Users(Protocol):
    async def find(self, login: str) -> User | None: ...

    async def password_hash(self, login: str) -> str | None:
        """The stored hash; ``None`` for nobody, and for someone who has no password."""

    async def all(self) -> Sequence[User]:
        """Everyone, by login."""

    async def add(self, user: User, password_hash: str, *, by: Author) -> None:
        """Raises ``StoreError`` naming the field."""

    async def change(self, login: str, changes: UserChanges, *, by: Author) -> User | None:
        """The user afterwards, ``None`` for nobody. Raises ``StoreError`` naming the field."""


class Sessions(Protocol):
    """A session's id is the SHA-256 of the cookie's token, so that a copy of the database signs nobody
    in."""

    async def load(self, session: str) -> SessionRecord | None: ...

    async def save(self, record: SessionRecord) -> None:
        """Insert, or replace the one with this id."""

    async def touch(self, session: str, seen_at: float) -> None:
        """Remember that the session was in use; nothing when it is gone (never brings it back)."""

    async def delete(self, session: str) -> None: ...

    async def delete_of(self, login: str) -> Sequence[str]:
        """End every session of a user; the ids that were ended."""

    async def purge(self, seen_before: float) -> int:
        """Delete the sessions not in use since; how many there were."""


class Words(Protocol):
    async def pause_reasons(self) -> Sequence[PauseReason]:
        """In the order they are offered."""

    async def dispositions(self) -> Sequence[Disposition]:
        """In the order they are offered."""

    async def versions(self) -> WordVersions:
        """Read before the lists, these are never newer than they."""

    async def set_pause_reasons(self, reasons: Sequence[PauseReason], *, base: int | None, by: Author) -> int:
        """Replace them all, in this order; the version that they have now. Raises ``ChangedMeanwhileError``
        when ``base`` is not the latest, or another ``StoreError`` naming the field."""

    async def set_dispositions(
        self, dispositions: Sequence[Disposition], *, base: int | None, by: Author
    ) -> int:
        """As ``set_pause_reasons``."""


class Plans(Protocol):
    """The plan as it is kept."""

    async def site_plan(self) -> SitePlan: ...

    async def version(self) -> int:
        """Grows with each change."""

    async def edit(self, edit: Edit, *, by: Author, dry_run: bool = False) -> Edited:
        """Change the plan, all of it or nothing. Raises ``PlanRefusedError``, or another ``StoreError``
        naming the field."""


class Prompts(Protocol):
    """Recordings of prompts. Each may raise ``PromptFolderError``."""

    async def prompts(self) -> AllPrompts:
        """Every recording, by prompt and language, and what is missing."""

    async def put(self, prompt: str, language: str, data: bytes, *, by: Author) -> Prompt:
        """Raises ``InvalidFieldError`` (``id``, ``language``, ``audio``)."""

    async def audio(self, prompt: str, language: str) -> bytes:
        """A WAV file. Raises ``NotFoundError``."""

    async def remove(self, prompt: str, language: str, *, by: Author) -> None:
        """Raises ``NotFoundError``, ``PlanRefusedError``."""


class Messages(Protocol):
    """What callers left on the machine."""

    async def messages(
        self, *, queues: Sequence[QueueId] | None, also_clients: bool, done: bool, limit: int
    ) -> Sequence[Message]:
        """The newest first: of these queues (``None``: of all), and with ``also_clients`` of known
        clients."""

    async def find(self, message: int) -> Message | None: ...

    async def set_done(self, message: int, done: bool) -> Message | None: ...

    async def assign(self, message: int, assignee: str | None, *, instead_of: str | None = None) -> bool:
        """Give it to a user (``None``: to anyone) if nobody has it, or ``instead_of`` has; whether so."""

    async def audio(self, message: Message) -> Path | None:
        """A WAV file; ``None`` when there is none. Raises ``OSError``."""


class Recordings(Protocol):
    """Recorded conversations."""

    async def wav(self, name: str) -> Path | None:
        """A WAV file; ``None`` when there is none. Raises ``OSError``."""


class Audit(Protocol):
    async def page(
        self, which: AuditFilter, limit: int, below: int | None = None
    ) -> tuple[Sequence[AuditEntry], int | None]:
        """The newest first; and ``below`` of the next page."""


# --- clients ------------------------------------------------------------------------------------------


class Clients(Protocol):
    async def search(self, text: str, limit: int) -> Sequence[Client]:
        """By name, company or a number in any form, the likeliest first; with an empty text the newest."""

    async def find(self, client: ClientId) -> Client | None: ...

    async def add(self, new: NewClient) -> Client:
        """Raises ``InvalidFieldError`` (``phones.<n>``)."""

    async def change(self, client: ClientId, changes: ClientChanges) -> Client | None: ...

    async def add_phone(self, client: ClientId, raw: str, label: str) -> Client | None:
        """Adding a number twice changes nothing. Raises ``InvalidFieldError`` (``number``)."""

    async def record_pick(self, raw: str, client: ClientId, by: AgentId, at: float) -> None:
        """Remember who calls from this number, for the next time. Raises ``NotFoundError``."""

    async def undo_pick(self, raw: str, client: ClientId, by: AgentId, at: float) -> bool:
        """Forget the newest pick for this number if it is this client's; whether it was."""


class Cards(Protocol):
    async def client_card(self, client: ClientId, number: str | None) -> Card | None:
        """The card of a client, ``None`` for nobody. Without a number the client's first one is shown."""


class Items(Protocol):
    """Deals, tickets, tasks and notes of clients."""

    async def add(self, client: ClientId, new: NewItem, by: str, call: CallId | None = None) -> Item | None:
        """``None``: no such client."""

    async def find(self, client: ClientId, kind: ItemKind, item: int) -> Item | None: ...

    async def change(
        self, client: ClientId, kind: ItemKind, item: int, changes: Mapping[str, Any], by: str
    ) -> Item | None:
        """``None``: this client has no such thing."""


class Timeline(Protocol):
    async def items(
        self, client: ClientId, which: ItemFilter, limit: int, after: ItemPlace | None = None
    ) -> Sequence[Item]:
        """The newest first, those after this place."""


# --- history ------------------------------------------------------------------------------------------


class History(Protocol):
    async def interactions(self, which: InteractionFilter, limit: int, cursor: str | None) -> InteractionPage:
        """Raises ``BadCursorError``."""

    async def interaction(self, call: CallId) -> InteractionDetail | None: ...

    async def intercoms(self, agent: AgentId | None, limit: int) -> Sequence[IntercomRecord]:
        """Calls between agents, the newest first: those of this agent, or of everybody (``None``)."""


class Figures(Protocol):
    """People's figures of a time; ``until`` is not later than now."""

    async def agents(self, agents: Sequence[AgentId], since: float, until: float) -> Sequence[AgentFigures]:
        """One for each of these agents, in their order."""

    async def dispositions(
        self, agents: Sequence[AgentId], since: float, until: float
    ) -> Sequence[Chosen]: ...


class Day(Protocol):
    """Tasks that are due."""

    async def due_for(
        self, login: str, queues: Sequence[QueueId], until: float, *, limit: int
    ) -> Sequence[DueTask]:
        """Open ones due before ``until``, the oldest first: the login's own, and those of these queues that
        are nobody's."""

    async def find(self, task: int) -> DueTask | None: ...

    async def set_done(self, task: int, done: bool) -> DueTask | None:
        """The task afterwards, ``None`` for no such."""


class Chats(Protocol):
    """What colleagues wrote, as it is kept."""

    async def page(
        self, conversation: ConversationId, *, below: int | None, limit: int
    ) -> Sequence[WrittenMessage]:
        """The newest first, of those with a smaller number than ``below``."""

    async def search(
        self, login: str, rooms: Sequence[ConversationId], text: str, *, limit: int
    ) -> Sequence[WrittenMessage]:
        """Messages with this text in the login's own conversations and in these rooms, the newest first."""

    async def conversations(self, login: str) -> Sequence[ConversationId]:
        """The direct ones that this login takes part in, the one spoken in last first."""


class Callbacks(Protocol):
    """Callbacks as they are kept, and the callers who gave up."""

    async def callbacks(
        self,
        *,
        queue: QueueId | None = None,
        closed: bool = False,
        by: str | None = None,
        limit: int = 200,
    ) -> Sequence[CallbackView]: ...

    async def due_for(
        self, agent: AgentId, queues: Sequence[QueueId], until: float, *, limit: int
    ) -> Sequence[CallbackView]:
        """Open ones that this agent promised or made, and of these queues those due before ``until`` that
        nobody promised; by the time of their next dialling."""

    async def callback(self, callback: CallbackId) -> CallbackView | None: ...

    async def missed(self, *, queue: QueueId | None = None, limit: int = 200) -> Sequence[MissedView]: ...

    async def take(self, number: str, agent: AgentId) -> MissedView:
        """Raises ``TakenError``, and ``NotFoundError`` when it is not on the list."""

    async def give_back(self, number: str, agent: AgentId, *, anybodys: bool = False) -> None:
        """Raises as ``take``; ``anybodys`` for one who may do so for others."""

    async def dismiss(self, number: str, by: str, reason: str, *, anybodys: bool = False) -> None:
        """Raises as ``take``."""


class Qualities(Protocol):
    """How well calls were heard."""

    async def add(self, call: CallId, agent: AgentId, station: str, part: QualityPart, at: float) -> None:
        """Add what was measured since the part before."""

    async def of_call(self, call: CallId) -> Sequence[LegQuality]:
        """Of each agent who talked in a browser, in the order in which they began."""


# --- scripts, answers, notes --------------------------------------------------------------------------


class Scripts(Protocol):
    async def all(self) -> Sequence[SavedScript]:
        """By name."""

    async def versions(self, script: str) -> Sequence[SavedVersion]:
        """The newest first."""

    async def version(self, script: str, version: int | None = None) -> ScriptVersion | None:
        """One version, the latest by default."""

    async def save(self, script: str, document: ScriptDocument, base: int, *, by: Author) -> ScriptVersion:
        """Raises ``ChangedMeanwhileError``, or another ``StoreError`` naming the field."""

    async def publish(self, script: str, version: int, *, by: Author) -> None:
        """Raises ``NotFoundError`` and ``ScriptRefusedError``."""

    async def withdraw(self, script: str, *, by: Author) -> None:
        """Raises ``NotFoundError``."""

    async def assign(self, script: str, queues: Sequence[QueueId], *, by: Author) -> None:
        """Raises ``NotFoundError`` and ``UnknownReferenceError``."""


class Papers(Protocol):
    async def script_of(self, call: CallId, queue: QueueId | None = None) -> CallScript | None: ...

    async def begin(self, call: CallId, queue: QueueId | None, agent: AgentId) -> CallScript | None:
        """The call's script, which the first who asks begins."""

    async def answer(
        self, call: CallId, answers: Mapping[str, Any], step: str, base: int, agent: AgentId, today: date
    ) -> CallScript:
        """Raises ``WrongAnswersError``, ``ChangedMeanwhileError``, or another ``StoreError``."""

    async def notes(self, call: CallId) -> Sequence[CallNote]:
        """The earliest first."""

    async def note(self, call: CallId, agent: AgentId, wish: NoteWish, base: int) -> CallNote:
        """Raises ``ChangedMeanwhileError``."""

    async def settle(self, call: CallId, agent: AgentId, wish: NoteWish) -> None:
        """Keep how the call was closed, whatever was noted before."""


# --- the site -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """``timezone`` is an IANA name, ``region`` the default country of numbers (``RU``)."""

    name: str
    timezone: str
    region: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Whether a component can do its work now, and in words why not."""

    ok: bool
    detail: str


ReadyCheck: TypeAlias = Callable[[], Awaitable[Ready]]
PlanReader: TypeAlias = Callable[[], RoutingPlan]
PeopleChanged: TypeAlias = Callable[[], Awaitable[None]]
