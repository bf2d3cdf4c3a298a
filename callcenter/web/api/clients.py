"""Clients: finding, filling in, and what a card shows of them."""

from __future__ import annotations

from callcenter.crm.views import ClientChanges, NewClient
from callcenter.history.queries import InteractionFilter
from callcenter.web.api.calls import interactions
from callcenter.web.api.items import remake_cards
from callcenter.web.client_schemas import (
    Card,
    Client,
    ClientForm,
    ClientList,
    ClientPath,
    ClientsQuery,
    HistoryQuery,
    NewClientForm,
    PhoneForm,
)
from callcenter.web.context import Context
from callcenter.web.endpoint import Endpoints
from callcenter.web.problems import ProblemError, bad_field
from callcenter.web.schemas import (
    InteractionList,
)
from routing.ids import ClientId

routes = Endpoints("clients")


def _missing() -> ProblemError:
    return ProblemError(404, "no such client")


async def _check_owner(context: Context, login: str | None) -> None:
    if login and await context.deps.users.find(login) is None:
        raise bad_field("body", "owner", "unknown_user", f"There is no user {login}; leave it out for none")


@routes.get("/clients")
async def list_clients(context: Context, query: ClientsQuery) -> ClientList:
    """Find clients by name, company or number (in any form)."""
    return ClientList.model_validate({"items": await context.deps.clients.search(query.q, query.limit)})


@routes.post("/clients", status=201)
async def create_client(context: Context, body: NewClientForm) -> Client:
    """Fill in a new client."""
    await _check_owner(context, body.owner)
    new = NewClient(body.name, tuple(body.phones), body.company, body.rank, body.email, body.note, body.owner)
    return Client.model_validate(await context.deps.clients.add(new))


@routes.get("/clients/{client}", problems=(404,))
async def get_client(context: Context, path: ClientPath) -> Client:
    """One client."""
    row = await context.deps.clients.find(ClientId(path.client))
    if row is None:
        raise _missing()
    return Client.model_validate(row)


@routes.patch("/clients/{client}", problems=(404,))
async def change_client(context: Context, path: ClientPath, body: ClientForm) -> Client:
    """Change a client; fields left out stay."""
    await _check_owner(context, body.owner)
    changes = ClientChanges(body.name, body.company, body.rank, body.email, body.note, body.owner)
    row = await context.deps.clients.change(ClientId(path.client), changes)
    if row is None:
        raise _missing()
    await remake_cards(context, row.id)
    return Client.model_validate(row)


@routes.post("/clients/{client}/phones", status=201, problems=(404,))
async def add_phone(context: Context, path: ClientPath, body: PhoneForm) -> Client:
    """Add a number; one that the client has already changes nothing."""
    row = await context.deps.clients.add_phone(ClientId(path.client), body.number, body.label)
    if row is None:
        raise _missing()
    await remake_cards(context, row.id)
    return Client.model_validate(row)


@routes.get("/clients/{client}/interactions", problems=(404,))
async def list_client_interactions(
    context: Context, path: ClientPath, query: HistoryQuery
) -> InteractionList:
    """The calls of a client, the newest first."""
    if await context.deps.clients.find(ClientId(path.client)) is None:
        raise _missing()
    which = InteractionFilter(client=ClientId(path.client))
    return await interactions(context, which, query.limit, query.cursor)


@routes.get("/clients/{client}/card", problems=(404,))
async def get_card(context: Context, path: ClientPath) -> Card:
    """The card of a client, as it is shown when he calls."""
    card = await context.deps.cards.client_card(ClientId(path.client), None)
    if card is None:
        raise _missing()
    return Card.model_validate(card)
