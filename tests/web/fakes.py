"""Twins of everything that the web speaks to, in memory."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from callcenter.callbacks.views import CallbackView, MissedView
from callcenter.calls.chats import ConversationId
from callcenter.calls.interactions import Interaction
from callcenter.calls.intercoms import IntercomOutcome
from callcenter.calls.requests import Accepted, Reply, Request
from callcenter.calls.states import CallOutcome, LegRole, OfferOutcome
from callcenter.calls.views import EntityUpdate
from callcenter.chat.views import WrittenMessage
from callcenter.crm.item_views import (
    Deal,
    Item,
    ItemFilter,
    ItemKind,
    ItemPlace,
    NewDeal,
    NewItem,
    NewNote,
    NewTask,
    NewTicket,
    Note,
    Task,
    Ticket,
)
from callcenter.crm.views import (
    Card,
    CardNumber,
    Client,
    ClientCard,
    ClientChanges,
    ClientRank,
    DueTask,
    Message,
    NewClient,
    Phone,
    RankedCandidate,
    Reason,
    ReasonCode,
)
from callcenter.flows.views import Prompt, Prompts, Recording
from callcenter.history.figures import AgentFigures, Chosen
from callcenter.history.quality import LegQuality, QualityPart
from callcenter.history.queries import (
    BadCursorError,
    InteractionDetail,
    InteractionFilter,
    InteractionPage,
    IntercomRecord,
)
from callcenter.history.records import LegRecord, OfferRecord
from callcenter.live.ports import (
    Lease,
    PictureChanged,
    PictureListener,
    PictureReset,
    Position,
    RequestHandler,
)
from callcenter.people.audit import AuditEntry, AuditFilter
from callcenter.people.changes import Edited, refuse_wrong
from callcenter.people.site_plan import Author, Change, Edit, SitePlan, differences
from callcenter.people.views import (
    Disposition,
    Language,
    PauseReason,
    Role,
    SessionRecord,
    Skill,
    User,
    UserChanges,
    WordVersions,
)
from callcenter.scripts.documents import ScriptDocument
from callcenter.scripts.views import (
    CallNote,
    CallScript,
    NoteWish,
    SavedScript,
    SavedVersion,
    ScriptVersion,
)
from callcenter.storage.errors import ChangedMeanwhileError, DuplicateError, InvalidFieldError, NotFoundError
from routing.acd.model import Agent, Queue, RoutingPlan, Team, ValueClass
from routing.flows.model import FlowPlan
from routing.ids import (
    AgentId,
    CallbackId,
    CallId,
    ClientId,
    IntercomId,
    LegId,
    OfferId,
    PromptId,
    QueueId,
    SkillId,
    StationId,
    TeamId,
)

CALL = CallId("main:17.1")
OFFER = OfferId("main:17.1/1")
SALES, HELP = QueueId("sales"), QueueId("help")


class FakeClock:
    def __init__(self, now: float = 1_764_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time


class FakeSite:
    """Answers requests with ``reply``; ``emit`` and ``reset`` are the router's publications."""

    def __init__(self) -> None:
        self.node = "node-1"
        self.requests: list[Request] = []
        self.reply: Reply | Callable[[Request], Reply] = Accepted()
        self.asked = asyncio.Event()
        self._listeners: list[PictureListener] = []
        self._entities: dict[str, EntityUpdate] = {}
        self._position = Position("1", 0)

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def take_lease(self) -> Lease:
        raise AssertionError("the web never routes")

    def serve(self, lease: Lease, handler: RequestHandler) -> None:
        raise AssertionError("the web never routes")

    def publish(self, lease: Lease, updates: Sequence[EntityUpdate]) -> None:
        raise AssertionError("the web never routes")

    def subscribe(self, listener: PictureListener) -> Callable[[], None]:
        listener(PictureReset(self._position, tuple(self._entities.values())))
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def submit(self, request: Request, timeout: float) -> Reply:
        self.requests.append(request)
        self.asked.set()
        await asyncio.sleep(0)
        return self.reply(request) if callable(self.reply) else self.reply

    async def wait_for(self, request: Request) -> None:
        """Until this was asked."""
        async with asyncio.timeout(5):
            while request not in self.requests:
                self.asked.clear()
                await self.asked.wait()

    def emit(self, *updates: EntityUpdate) -> None:
        for update in updates:
            if update.document is None:
                self._entities.pop(update.key, None)
            else:
                self._entities[update.key] = update
        self._position = Position(self._position.epoch, self._position.seq + len(updates))
        for listener in tuple(self._listeners):
            listener(PictureChanged(self._position, updates))

    def reset(self, epoch: str) -> None:
        """Another node became the router."""
        self._position = Position(epoch, 1)
        for listener in tuple(self._listeners):
            listener(PictureReset(self._position, tuple(self._entities.values())))


def entity(key: str, audience: Sequence[str] | None = None, **fields: Any) -> EntityUpdate:
    """An update whose document needs no more meaning than its fields."""
    document = json.dumps(fields).encode()
    return EntityUpdate(key, document, None if audience is None else frozenset(map(AgentId, audience)))


def gone(key: str) -> EntityUpdate:
    return EntityUpdate(key, None, None)


def make_user(login: str, role: Role, station: str | None = None, **changes: Any) -> User:
    user = User(
        login=login,
        name=f"{login.title()} Test",
        role=role,
        language=Language.EN,
        active=True,
        station=None if station is None else StationId(station),
        queues=(SALES,) if station else (),
        skills=(),
    )
    return dataclasses.replace(user, **changes)


class FakeUsers:
    def __init__(self, users: Sequence[User]) -> None:
        self.rows = {user.login: user for user in users}
        self.hashes: dict[str, str] = {}
        self.error: Exception | None = None

    async def find(self, login: str) -> User | None:
        if self.error is not None:
            raise self.error
        return self.rows.get(login)

    async def password_hash(self, login: str) -> str | None:
        return self.hashes.get(login)

    async def all(self) -> Sequence[User]:
        return [self.rows[login] for login in sorted(self.rows)]

    async def add(self, user: User, password_hash: str, *, by: Author) -> None:
        self._check_station(user)
        if user.login in self.rows:
            raise DuplicateError("login", "is already taken")
        self.rows[user.login] = user
        self.hashes[user.login] = password_hash

    def _check_station(self, user: User) -> None:
        others = (other for other in self.rows.values() if other.login != user.login)
        if user.station is not None and user.station in {other.station for other in others}:
            raise DuplicateError("station", "is already taken")

    async def change(self, login: str, changes: UserChanges, *, by: Author) -> User | None:
        user = self.rows.get(login)
        if user is None:
            return None
        fields = {
            field.name: value
            for field in dataclasses.fields(changes)
            if field.name != "password_hash" and (value := getattr(changes, field.name)) is not None
        }
        if "station" in fields:
            fields["station"] = fields["station"] or None
        user = dataclasses.replace(user, **fields)
        self._check_station(user)
        self.rows[login] = user
        if changes.password_hash is not None:
            self.hashes[login] = changes.password_hash
        return user


class FakeSessions:
    def __init__(self) -> None:
        self.rows: dict[str, SessionRecord] = {}
        self.error: Exception | None = None

    async def load(self, session: str) -> SessionRecord | None:
        if self.error is not None:
            raise self.error
        return self.rows.get(session)

    async def save(self, record: SessionRecord) -> None:
        self.rows[record.id] = record

    async def touch(self, session: str, seen_at: float) -> None:
        if session in self.rows:
            self.rows[session] = dataclasses.replace(self.rows[session], seen_at=seen_at)

    async def delete(self, session: str) -> None:
        self.rows.pop(session, None)

    async def delete_of(self, login: str) -> Sequence[str]:
        ended = [row.id for row in self.rows.values() if row.login == login]
        for session in ended:
            del self.rows[session]
        return ended

    async def purge(self, seen_before: float) -> int:
        return 0


class FakeWords:
    def __init__(self) -> None:
        self.version = [1, 1]
        self.reasons = [PauseReason("lunch", "Обед", "Lunch")]
        self.outcomes = [
            Disposition("sold", "Продано", "Sold", (SALES,), note_required=False),
            Disposition("other", "Другое", "Other", (), note_required=True),
        ]

    async def pause_reasons(self) -> Sequence[PauseReason]:
        return self.reasons

    async def dispositions(self) -> Sequence[Disposition]:
        return self.outcomes

    async def versions(self) -> WordVersions:
        return WordVersions(*self.version)

    async def set_pause_reasons(self, reasons: Sequence[PauseReason], *, base: int | None, by: Author) -> int:
        version = self._next(0, base)
        self.reasons = list(reasons)
        return version

    async def set_dispositions(
        self, dispositions: Sequence[Disposition], *, base: int | None, by: Author
    ) -> int:
        version = self._next(1, base)
        self.outcomes = list(dispositions)
        return version

    def _next(self, which: int, base: int | None) -> int:
        if base != self.version[which]:
            raise ChangedMeanwhileError("base", self.version[which], "changed")
        self.version[which] += 1
        return self.version[which]


class NoScripts:
    """No script was ever written; the API's tests of them have the real stores."""

    async def all(self) -> Sequence[SavedScript]:
        return ()

    async def versions(self, script: str) -> Sequence[SavedVersion]:
        return ()

    async def version(self, script: str, version: int | None = None) -> ScriptVersion | None:
        return None

    async def save(self, script: str, document: ScriptDocument, base: int, *, by: Author) -> ScriptVersion:
        raise AssertionError("no test of this world saves one")

    async def publish(self, script: str, version: int, *, by: Author) -> None:
        raise NotFoundError("script", f"there is no {script}")

    async def withdraw(self, script: str, *, by: Author) -> None:
        raise NotFoundError("script", f"there is no {script}")

    async def assign(self, script: str, queues: Sequence[QueueId], *, by: Author) -> None:
        raise NotFoundError("script", f"there is no {script}")


class NoPapers:
    """Calls go by no script, and nobody noted anything; ``settled`` is how they were closed."""

    def __init__(self) -> None:
        self.settled: list[tuple[CallId, AgentId, NoteWish]] = []

    async def script_of(self, call: CallId, queue: QueueId | None = None) -> CallScript | None:
        return None

    async def begin(self, call: CallId, queue: QueueId | None, agent: AgentId) -> CallScript | None:
        return None

    async def answer(
        self, call: CallId, answers: Mapping[str, Any], step: str, base: int, agent: AgentId, today: date
    ) -> CallScript:
        raise NotFoundError("script", "this call goes by no script")

    async def notes(self, call: CallId) -> Sequence[CallNote]:
        return ()

    async def note(self, call: CallId, agent: AgentId, wish: NoteWish, base: int) -> CallNote:
        return CallNote(call, agent, wish, base + 1, 0.0)

    async def settle(self, call: CallId, agent: AgentId, wish: NoteWish) -> None:
        self.settled.append((call, agent, wish))


class FakePlans:
    """Its changes are in ``plan`` at once, checked as the real ones are. ``trail`` is who made them."""

    def __init__(self) -> None:
        self.site = SITE
        self.trail: list[tuple[Author, Change]] = []

    @property
    def plan(self) -> RoutingPlan:
        return self.site.routing()

    async def site_plan(self) -> SitePlan:
        return self.site

    async def version(self) -> int:
        return len(self.trail)

    async def edit(self, edit: Edit, *, by: Author, dry_run: bool = False) -> Edited:
        after = edit(self.site)
        warnings = refuse_wrong(self.site, after, FakeClock().now())
        edited = Edited(self.site, after, differences(self.site, after), warnings)
        if not dry_run:
            self.site = after
            self.trail += [(by, change) for change in edited.changes]
        return edited


class FakePrompts:
    """One recording; the API's tests of the rest have the real store."""

    row = Prompt(PromptId("welcome"), "ru", "0" * 64, 3.5, "root", 1_764_000_000.0)

    async def prompts(self) -> Prompts:
        return Prompts((Recording(self.row, None, ()),), ())

    async def put(self, prompt: str, language: str, data: bytes, *, by: Author) -> Prompt:
        return self.row

    async def audio(self, prompt: str, language: str) -> bytes:
        raise NotFoundError("prompt", "there is none")

    async def remove(self, prompt: str, language: str, *, by: Author) -> None:
        raise NotFoundError("prompt", "there is none")


class NoMessages:
    """Nobody left one; the API's tests of that have the real store."""

    async def messages(
        self, *, queues: Sequence[QueueId] | None, also_clients: bool, done: bool, limit: int
    ) -> Sequence[Message]:
        return []

    async def find(self, message: int) -> Message | None:
        return None

    async def set_done(self, message: int, done: bool) -> Message | None:
        return None

    async def assign(self, message: int, assignee: str | None, *, instead_of: str | None = None) -> bool:
        return False

    async def audio(self, message: Message) -> Path | None:
        return None


class FakeAudit:
    def __init__(self, plans: FakePlans) -> None:
        self._plans = plans
        self.asked: list[tuple[AuditFilter, int, int | None]] = []

    async def page(
        self, which: AuditFilter, limit: int, below: int | None = None
    ) -> tuple[Sequence[AuditEntry], int | None]:
        self.asked.append((which, limit, below))
        entries = [
            AuditEntry(number, 1_764_000_000.0, by.who, by.source, change)
            for number, (by, change) in enumerate(self._plans.trail, 1)
        ]
        return entries[::-1][:limit], None


class NoCallbacks:
    """Nobody is to be called back; the API's tests of that have the real store."""

    async def callbacks(
        self,
        *,
        queue: QueueId | None = None,
        closed: bool = False,
        by: str | None = None,
        limit: int = 200,
    ) -> Sequence[CallbackView]:
        return ()

    async def callback(self, callback: CallbackId) -> CallbackView | None:
        return None

    async def due_for(
        self, agent: AgentId, queues: Sequence[QueueId], until: float, *, limit: int
    ) -> Sequence[CallbackView]:
        return ()

    async def missed(self, *, queue: QueueId | None = None, limit: int = 200) -> Sequence[MissedView]:
        return ()

    async def take(self, number: str, agent: AgentId) -> MissedView:
        raise NotFoundError("number", "is not on the list")

    async def give_back(self, number: str, agent: AgentId, *, anybodys: bool = False) -> None:
        raise NotFoundError("number", "is not on the list")

    async def dismiss(self, number: str, by: str, reason: str, *, anybodys: bool = False) -> None:
        raise NotFoundError("number", "is not on the list")


class FakeDay:
    """Tasks by their ids; what is due to whom is asked of the real store."""

    def __init__(self) -> None:
        self.tasks: dict[int, DueTask] = {}

    async def due_for(
        self, login: str, queues: Sequence[QueueId], until: float, *, limit: int
    ) -> Sequence[DueTask]:
        return tuple(self.tasks.values())[:limit]

    async def find(self, task: int) -> DueTask | None:
        return self.tasks.get(task)

    async def set_done(self, task: int, done: bool) -> DueTask | None:
        if task not in self.tasks:
            return None
        self.tasks[task] = dataclasses.replace(self.tasks[task], done_at=1.0 if done else None)
        return self.tasks[task]


class FakeFigures:
    """The figures put in; ``asked`` is who and when."""

    def __init__(self) -> None:
        self.found: list[AgentFigures] = []
        self.chosen: list[Chosen] = []
        self.asked: list[tuple[tuple[AgentId, ...], float, float]] = []

    async def agents(self, agents: Sequence[AgentId], since: float, until: float) -> Sequence[AgentFigures]:
        self.asked.append((tuple(agents), since, until))
        known = {one.agent: one for one in self.found}
        return [known.get(agent, AgentFigures(agent)) for agent in agents]

    async def dispositions(self, agents: Sequence[AgentId], since: float, until: float) -> Sequence[Chosen]:
        return self.chosen


class FakeChats:
    """Nothing was written; ``searched`` is in which rooms one looked."""

    def __init__(self) -> None:
        self.searched: list[tuple[str, tuple[ConversationId, ...], str]] = []

    async def page(
        self, conversation: ConversationId, *, below: int | None, limit: int
    ) -> Sequence[WrittenMessage]:
        return (WrittenMessage(conversation, 7, 1.0, "anna", "Да"),)

    async def search(
        self, login: str, rooms: Sequence[ConversationId], text: str, *, limit: int
    ) -> Sequence[WrittenMessage]:
        self.searched.append((login, tuple(rooms), text))
        return ()

    async def conversations(self, login: str) -> Sequence[ConversationId]:
        return ()


class FakeClients:
    def __init__(self) -> None:
        self.picks: list[tuple[str, ClientId, AgentId]] = []
        phone = Phone("8 (912) 000-11-22", "+79120001122", "mobile")
        self.rows = {
            1: Client(
                ClientId(1),
                "Пётр Ёлкин",
                "Ёлка",
                ClientRank.VIP,
                (phone,),
                "p@example.org",
                "",
                1_700_000_000.0,
            )
        }

    async def search(self, text: str, limit: int) -> Sequence[Client]:
        return [row for row in self.rows.values() if text.lower() in row.name.lower()][:limit]

    async def find(self, client: ClientId) -> Client | None:
        return self.rows.get(client)

    async def add(self, new: NewClient) -> Client:
        phones = tuple(self._phone(number, f"phones.{index}") for index, number in enumerate(new.phones))
        client = ClientId(len(self.rows) + 1)
        row = Client(
            client, new.name, new.company, new.rank, phones, new.email, new.note, 1_764_000_000.0, new.owner
        )
        self.rows[client] = row
        return row

    def _phone(self, number: str, field: str) -> Phone:
        if not any(character.isdigit() for character in number):
            raise InvalidFieldError(field, "is not a telephone number")
        return Phone(number, None, "")

    async def change(self, client: ClientId, changes: ClientChanges) -> Client | None:
        row = self.rows.get(client)
        if row is None:
            return None
        fields = {
            field.name: value
            for field in dataclasses.fields(changes)
            if (value := getattr(changes, field.name)) is not None
        }
        self.rows[client] = dataclasses.replace(row, **fields)
        if changes.owner == "":
            self.rows[client] = dataclasses.replace(self.rows[client], owner=None)
        return self.rows[client]

    async def add_phone(self, client: ClientId, number: str, label: str) -> Client | None:
        row = self.rows.get(client)
        if row is None:
            return None
        phone = self._phone(number, "number")
        self.rows[client] = dataclasses.replace(row, phones=(*row.phones, phone))
        return self.rows[client]

    async def record_pick(self, raw: str, client: ClientId, by: AgentId, at: float) -> None:
        self.picks.append((raw, client, by))

    async def undo_pick(self, raw: str, client: ClientId, by: AgentId, at: float) -> bool:
        self.picks = [pick for pick in self.picks if pick[:2] != (raw, client)]
        return True

    async def client_card(self, client: ClientId, number: str | None) -> Card | None:
        row = self.rows.get(client)
        if row is None:
            return None
        about = ClientCard(
            row.id,
            row.name,
            row.company,
            row.rank,
            row.phones,
            row.email,
            row.note,
            row.since,
            (),
            (),
            (),
            (),
        )
        reason = Reason(ReasonCode.NUMBER, "mobile")
        return Card(
            CardNumber("8 912", None, "8 912"),
            "known",
            about,
            (RankedCandidate(row.summary(), (reason,), 1.0),),
        )


class FakeItems:
    """Deals, tickets, tasks and notes of the one client; the API's tests of the rest have the real store."""

    def __init__(self) -> None:
        self.rows: dict[int, Note] = {1: Note(1, ClientId(1), 5.0, "anna", None, "Prefers mornings", 5.0)}
        self.asked: list[tuple[ItemFilter, int, ItemPlace | None]] = []

    async def add(self, client: ClientId, new: NewItem, by: str, call: CallId | None = None) -> Item | None:
        if client != 1:
            return None
        now, key = FakeClock().now(), len(self.rows) + 1
        match new:
            case NewNote():
                return Note(key, client, now, by, call, new.text, now)
            case NewTask():
                return Task(key, client, now, by, call, new.title, new.due_at, new.assignee, None, None)
            case NewTicket():
                words = (new.title, new.kind_of, new.status, new.priority, new.due_at)
                return Ticket(key, client, now, by, call, *words, now, None)
            case NewDeal():
                words = (new.title, new.stage, new.amount, new.currency)
                return Deal(key, client, now, by, call, *words, now, None)

    async def find(self, client: ClientId, kind: ItemKind, item: int) -> Item | None:
        return self.rows.get(item) if kind is ItemKind.NOTE and client == 1 else None

    async def change(
        self, client: ClientId, kind: ItemKind, item: int, changes: Mapping[str, Any], by: str
    ) -> Item | None:
        found = await self.find(client, kind, item)
        return None if found is None else dataclasses.replace(found, **changes)

    async def items(
        self, client: ClientId, which: ItemFilter, limit: int, after: ItemPlace | None = None
    ) -> Sequence[Item]:
        self.asked.append((which, limit, after))
        return list(self.rows.values()) if ItemKind.NOTE in which.kinds and after is None else []


class FakeHistory:
    def __init__(self) -> None:
        self.asked: list[tuple[InteractionFilter, int, str | None]] = []
        self.intercoms_asked: list[tuple[AgentId | None, int]] = []
        anna = AgentId("anna")
        row = Interaction(
            call=CALL,
            started_at=10.0,
            ended_at=70.0,
            direction="inbound",
            queue=SALES,
            agent=anna,
            agent_name="Anna Test",
            outcome=CallOutcome.ANSWERED,
            disposition="sold",
            note="",
            waited=3.0,
            talked=50.0,
            number="+79120001122",
            client=ClientId(1),
        )
        leg = LegRecord(LegId("main:17.1"), CALL, LegRole.CALLER, started_at=10.0, ended_at=70.0, cause=16)
        offer = OfferRecord(
            OFFER,
            CALL,
            anna,
            SALES,
            StationId("a1001"),
            made_at=11.0,
            outcome=OfferOutcome.ANSWERED,
            lead=0.05,
        )
        fact = {"type": "CallStarted", "at": 10.0}
        strange = dataclasses.replace(row, call=CallId("main:18.1"), client=None, agent=None, agent_name=None)
        self.rows = {
            CALL: InteractionDetail(row, (leg,), (offer,), (fact,)),
            strange.call: InteractionDetail(strange, (), (), ()),
        }

    async def interactions(self, which: InteractionFilter, limit: int, cursor: str | None) -> InteractionPage:
        if cursor == "bad":
            raise BadCursorError(cursor)
        self.asked.append((which, limit, cursor))
        return InteractionPage((self.rows[CALL].interaction,), "next")

    async def interaction(self, call: CallId) -> InteractionDetail | None:
        return self.rows.get(call)

    async def intercoms(self, agent: AgentId | None, limit: int) -> Sequence[IntercomRecord]:
        self.intercoms_asked.append((agent, limit))
        return [
            IntercomRecord(
                id=IntercomId("main:intercom-10000-a1001"),
                by=AgentId("anna"),
                to=AgentId("boris"),
                by_name="Anna Test",
                to_name=None,
                started_at=10.0,
                answered_at=12.0,
                ended_at=20.0,
                outcome=IntercomOutcome.ANSWERED,
                talked=8.0,
            )
        ]


SITE = SitePlan(
    skills=(Skill(SkillId("tech"), "техника", "Technical"),),
    queues=(Queue(SALES, "Sales", ("100",)), Queue(HELP, "Help", ("200",))),
    default_queue=SALES,
    teams=(Team(TeamId("north"), "North", (HELP,)),),
    agents=(Agent(AgentId("anna"), "Anna Test", StationId("a1001"), (SALES,)),),
    values=(ValueClass("vip", "VIP", 3.0),),
    flows=FlowPlan(prompts=(PromptId("welcome"),)),
)
PLAN = SITE.routing()


class NoQuality:
    """Nobody talked in a browser; ``parts`` are those that were added."""

    def __init__(self) -> None:
        self.parts: list[tuple[CallId, AgentId, str, QualityPart]] = []

    async def add(self, call: CallId, agent: AgentId, station: str, part: QualityPart, at: float) -> None:
        self.parts.append((call, agent, station, part))

    async def of_call(self, call: CallId) -> Sequence[LegQuality]:
        return ()
