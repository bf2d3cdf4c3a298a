"""A client's timeline: calls of the history and things of the CRM in one order.

The order: the moment, the newest first; of one moment calls, notes, tickets, deals, tasks; then the id. A
cursor is the place of the last entry in it, so that what is made meanwhile moves nothing.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from callcenter.calls.interactions import Interaction
from callcenter.crm.item_views import Deal, Item, ItemFilter, ItemKind, ItemPlace, Note, Task, Ticket
from callcenter.history.queries import InteractionFilter, cursor_after
from callcenter.web import item_schemas as schemas
from callcenter.web.client_schemas import ClientPath
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.item_schemas import TimelineCall, TimelineKind, TimelinePage, TimelineQuery
from callcenter.web.problems import ProblemError, bad_field
from routing.ids import CallId, ClientId

routes = Endpoints("clients")

_ORDER = (TimelineKind.TASK, TimelineKind.DEAL, TimelineKind.TICKET, TimelineKind.NOTE, TimelineKind.CALL)
_RANKS = {kind: rank for rank, kind in enumerate(_ORDER)}
_LAST_MOMENT = 253402300799


@dataclass(frozen=True, slots=True)
class _Place:
    at: float
    kind: TimelineKind
    id: str

    def write(self) -> str:
        text = f"{round(self.at * 1e6)} {self.kind.value} {self.id}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str) -> _Place:
        """Raises ``ValueError``."""
        padded = cursor + "=" * (-len(cursor) % 4)
        try:
            micros, kind, key = base64.b64decode(padded, b"-_", validate=True).decode().split(" ", 2)
        except binascii.Error as error:
            raise ValueError from error
        place = cls(int(micros) / 1e6, TimelineKind(kind), key)
        if not 0 <= place.at <= _LAST_MOMENT or "\x00" in key:
            raise ValueError
        if place.kind is not TimelineKind.CALL and not 0 < int(key) < 2**63:
            raise ValueError
        return place


@routes.get("/clients/{client}/timeline", problems=(404,))
async def get_timeline(context: Context, path: ClientPath, query: TimelineQuery) -> TimelinePage:
    """Everything with a client in one order, the newest first: calls, notes, tickets, deals, tasks."""
    client = ClientId(path.client)
    kinds = _kinds(query.kinds)
    after = _cursor(query.cursor)
    if await context.deps.clients.find(client) is None:
        raise ProblemError(404, "no such client")
    found: list[tuple[_Place, schemas.Entry]] = []
    wanted = [ItemKind(kind.value) for kind in kinds if kind is not TimelineKind.CALL]
    if wanted:
        which = ItemFilter(wanted, query.q, None if query.call is None else CallId(query.call))
        place = None if after is None else _item_place(after)
        items = await context.deps.timeline.items(client, which, query.limit + 1, place)
        found += [(_place_of(item), entry_of(item)) for item in items]
    if TimelineKind.CALL in kinds and query.call is None:
        calls = await _calls(context, client, query, after)
        found += [
            (
                _Place(one.started_at, TimelineKind.CALL, one.call),
                TimelineCall.model_validate({"interaction": one}),
            )
            for one in calls
        ]
    found.sort(key=lambda one: _sort_key(one[0]), reverse=True)
    page = found[: query.limit]
    more = len(found) > query.limit
    return TimelinePage(
        items=[entry for _, entry in page], next=page[-1][0].write() if more and page else None
    )


async def _calls(
    context: Context, client: ClientId, query: TimelineQuery, after: _Place | None
) -> list[Interaction]:
    codes: tuple[str, ...] = ()
    if query.q:
        part = query.q.casefold()
        codes = tuple(
            item.code
            for item in await context.deps.words.dispositions()
            if part in item.ru.casefold() or part in item.en.casefold()
        )
    # Calls come first of what is of one moment: after another kind's place only what is older.
    until = None if after is None or after.kind is TimelineKind.CALL else after.at
    cursor = None
    if after is not None and after.kind is TimelineKind.CALL:
        cursor = cursor_after(after.at, CallId(after.id))
    which = InteractionFilter(client=client, until=until, text=query.q, dispositions=codes)
    return list((await context.deps.history.interactions(which, query.limit + 1, cursor)).items)


def _kinds(text: str) -> frozenset[TimelineKind]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        return frozenset(TimelineKind(name) for name in names) or frozenset(TimelineKind)
    except ValueError:
        known = ", ".join(TimelineKind)
        raise bad_field("query", "kinds", "unknown_kind", f"Name some of {known}") from None


def _cursor(cursor: str | None) -> _Place | None:
    if cursor is None:
        return None
    try:
        return _Place.read(cursor)
    except ValueError:
        raise bad_field("query", "cursor", "bad_cursor", "Not a cursor of ours") from None


def _item_place(after: _Place) -> ItemPlace:
    if after.kind is TimelineKind.CALL:
        return ItemPlace(after.at, None, None)
    return ItemPlace(after.at, ItemKind(after.kind.value), int(after.id))


def _sort_key(place: _Place) -> tuple[float, int, int, str]:
    if place.kind is TimelineKind.CALL:
        return (place.at, _RANKS[place.kind], 0, place.id)
    return (place.at, _RANKS[place.kind], int(place.id), "")


def _place_of(item: Item) -> _Place:
    return _Place(item.created_at, TimelineKind(entry_of(item).kind), str(item.id))


def entry_of(item: Item) -> schemas.Deal | schemas.Ticket | schemas.Task | schemas.Note:
    """As the API shows it."""
    match item:
        case Deal():
            return schemas.Deal.model_validate(item)
        case Ticket():
            return schemas.Ticket.model_validate(item)
        case Task():
            return schemas.Task.model_validate(item)
        case Note():
            return schemas.Note.model_validate(item)
