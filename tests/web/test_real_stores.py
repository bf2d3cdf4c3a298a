"""The application over the real stores, on both databases, and over a real site in process."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry

from callcenter.callbacks.store import CallbackStore
from callcenter.calls.facts import CallEnded, CallQueued, CallStarted, ClientMatched, Fact
from callcenter.calls.ledger import LedgerEntry
from callcenter.calls.requests import (
    Accepted,
    BrowserConnected,
    PickClient,
    Refusal,
    Reply,
    Request,
    SetIntent,
)
from callcenter.calls.states import CallOutcome
from callcenter.chat.store import ChatStore
from callcenter.clock import SystemClock
from callcenter.crm.day import DayStore
from callcenter.crm.dialling import DiallingNumbers
from callcenter.crm.directory import CallerDirectory
from callcenter.crm.items import ItemService
from callcenter.crm.message_store import MessageStore
from callcenter.crm.service import ClientService
from callcenter.crm.timeline import TimelineStore
from callcenter.dispatch.options import CoreOptions
from callcenter.flows.prompts import PromptDesk
from callcenter.flows.store import FlowStore
from callcenter.history.documents import read_document, write_document
from callcenter.history.figures import HistoryFigures
from callcenter.history.quality import QualityStore
from callcenter.history.queries import HistoryQueries
from callcenter.history.store import FactStore
from callcenter.live.local import LocalBus, LocalSite
from callcenter.people.audit import AuditFilter, AuditTrail
from callcenter.people.changes import note
from callcenter.people.plan import PlanStore
from callcenter.people.sessions import SessionStore
from callcenter.people.users import UserStore
from callcenter.people.views import Disposition, PauseReason, Role
from callcenter.people.words import WordStore
from callcenter.prompts import PromptFolder
from callcenter.recordings import RecordingFolder
from callcenter.scripts.papers import PaperStore
from callcenter.scripts.store import ScriptStore
from callcenter.storage.database import Database
from callcenter.web import WebDeps, WebOptions, create_app
from callcenter.web.client_schemas import (
    Card,
)
from callcenter.web.ports import SiteSettings
from routing.acd.model import Queue, RoutingPlan
from routing.callbacks import CallbackRules, Terms
from routing.ids import AgentId, CallId, ClientId, QueueId, ServerId
from tests.support.passwords import hash_of

from .conftest import Browser
from .fakes import SALES, entity, make_user

PASSWORD = "correct horse battery"
MAIN = ServerId("main")


class Office:
    """A small office on a real database, with prompts and messages in ``folder``. ``requests`` is what a
    pretended core was asked."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.clock = SystemClock()
        flows = FlowStore(database, self.clock)
        self.prompts = PromptDesk(flows, PromptFolder(folder / "prompts"), ("en", "ru"))
        self.users = UserStore(database, self.clock)
        self.sessions = SessionStore(database)
        self.history = HistoryQueries(database)
        self.plans = PlanStore(database)
        self.words = WordStore(database)
        self.requests: list[Request] = []
        self.plan: RoutingPlan | None = None
        self.terms = 0
        self.site = LocalSite(LocalBus(self._term), "node-1")

    async def _term(self) -> int:
        self.terms += 1
        return self.terms

    async def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        return Accepted()

    async def reload_plan(self) -> None:
        self.plan = await self.plans.load()

    def current_plan(self) -> RoutingPlan:
        assert self.plan is not None
        return self.plan

    async def fill(self) -> None:
        await self.plans.add_queue(Queue(SALES, "Sales", ("100",)), takes_unknown=True)
        await self.words.set_pause_reasons([PauseReason("lunch", "Обед", "Lunch")])
        await self.words.set_dispositions([Disposition("sold", "Продано", "Sold", (), note_required=False)])
        hashed = await hash_of(PASSWORD)
        await self.users.add(make_user("anna", Role.OPERATOR, "a1001"), hashed)
        await self.users.add(make_user("root", Role.ADMINISTRATOR), hashed)
        await self.reload_plan()

    def deps(self) -> WebDeps:
        return WebDeps(
            site=self.site,
            users=self.users,
            sessions=self.sessions,
            clients=ClientService(self.database, self.clock, "RU", note),
            cards=CallerDirectory(self.database, self.clock, "RU", self.history),
            history=self.history,
            callbacks=CallbackStore(self.database, self.clock),
            words=self.words,
            plans=self.plans,
            prompts=self.prompts,
            items=ItemService(self.database, self.clock, note),
            timeline=TimelineStore(self.database),
            messages=MessageStore(self.database, self.clock, self.folder / "messages"),
            recordings=RecordingFolder(self.folder / "recordings"),
            scripts=ScriptStore(self.database, self.clock),
            papers=PaperStore(self.database, self.clock),
            audit=AuditTrail(self.database),
            chats=ChatStore(self.database, self.clock),
            day=DayStore(self.database, self.clock),
            figures=HistoryFigures(self.database),
            quality=QualityStore(self.database),
            settings=SiteSettings("Office", "Europe/Moscow", "RU"),
            plan=self.current_plan,
            callback_terms=Terms(CallbackRules(zone="Europe/Moscow"), DiallingNumbers("RU")),
            clock=self.clock,
            registry=CollectorRegistry(),
            people_changed=self.reload_plan,
        )


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    made = Office(database, tmp_path)
    await made.fill()
    return made


@pytest.fixture
async def real(office: Office) -> AsyncIterator[TestServer]:
    await office.site.start()
    server = TestServer(create_app(office.deps(), WebOptions(close_grace=0.5)))
    await server.start_server()
    yield server
    await server.close()
    await office.site.stop()


class RealBrowser(Browser):
    """Signs in with a password, as people do."""

    def __init__(self, server: TestServer) -> None:
        self.server = server
        self.sockets = []
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def sign_in(self, login: str) -> None:
        answer = await self.api("POST", "/session", {"login": login, "password": PASSWORD})
        assert answer.status == 200, answer.body


@pytest.fixture
async def person(real: TestServer) -> AsyncIterator[RealBrowser]:
    made = RealBrowser(real)
    yield made
    await made.close()


async def test_a_working_day(person: RealBrowser, office: Office) -> None:
    await person.sign_in("anna")
    assert (await person.api("GET", "/session")).json["station"] == "a1001"
    site = (await person.api("GET", "/site")).json
    assert [reason["code"] for reason in site["pause_reasons"]] == ["lunch"]
    assert (await person.api("PATCH", "/session", {"language": "ru"})).json["language"] == "ru"

    lease = await office.site.take_lease()
    office.site.serve(lease, office.answer)
    office.site.publish(lease, [entity("queue/sales", kind="queue")])
    socket = await person.socket()
    while "queue/sales" not in socket.replica:
        await socket.read()
    async with asyncio.timeout(5):
        while not any(isinstance(request, BrowserConnected) for request in office.requests):
            await asyncio.sleep(0.01)
    assert (await person.api("PUT", "/agents/anna/state", {"state": "ready"})).status == 204
    assert isinstance(office.requests[-1], SetIntent)

    closed = asyncio.create_task(socket.closed())
    await person.api("DELETE", "/session")
    assert await closed == 4401
    assert (await person.api("GET", "/session")).status == 401


async def test_in_process_too_a_browser_is_a_lease(office: Office) -> None:
    assert 3 * WebOptions().browser_repeat <= CoreOptions().browser_lease  # two may go astray
    await office.site.start()
    server = TestServer(create_app(office.deps(), WebOptions(close_grace=0.5, browser_repeat=0.02)))
    await server.start_server()
    browser = RealBrowser(server)
    await browser.sign_in("anna")
    lease = await office.site.take_lease()
    office.site.serve(lease, office.answer)
    office.site.publish(lease, [])
    await browser.socket()
    async with asyncio.timeout(5):
        while len(office.requests) < 4:
            await asyncio.sleep(0.01)
    assert len(set(office.requests)) == 1
    assert isinstance(office.requests[0], BrowserConnected)
    await browser.close()
    await server.close()
    await office.site.stop()


async def test_without_a_router_requests_are_busy(person: RealBrowser) -> None:
    await person.sign_in("anna")
    answer = await person.api("PUT", "/agents/anna/state", {"state": "ready"})
    assert (answer.status, answer.json["refusal"]) == (503, Refusal.BUSY)


async def test_clients_and_their_card(person: RealBrowser) -> None:
    await person.sign_in("anna")
    new = {"name": "Пётр Ёлкин", "phones": ["8 (912) 345-67-89"], "company": "Ёлка", "rank": "vip"}
    client = (await person.api("POST", "/clients", new)).json
    assert client["phones"] == [{"raw": "8 (912) 345-67-89", "e164": "+79123456789", "label": ""}]
    for query in ("ёлк", "+7 912 345", "9123456789", ""):
        found = (await person.api("GET", "/clients", params={"q": query})).json["items"]
        assert [item["id"] for item in found] == [client["id"]], query
    card = Card.model_validate((await person.api("GET", f"/clients/{client['id']}/card")).json)
    assert card.match == "known"
    assert card.number.e164 == "+79123456789"
    assert (await person.api("POST", "/clients", {"name": "A", "phones": ["none"]})).fields == {"phones.0"}
    path = f"/clients/{client['id']}"
    assert (await person.api("POST", f"{path}/phones", {"number": "--"})).fields == {"number"}
    assert (await person.api("PATCH", path, {"note": "любит чай"})).json["note"] == "любит чай"
    assert (await person.api("GET", "/clients/9223372036854775807/card")).status == 404


async def test_a_pick_is_who_calls_next_time(person: RealBrowser, office: Office) -> None:
    """Two share a number; the operator says who it is, and takes it back."""
    await person.sign_in("anna")
    number, call = "+79123456789", "main:1.1"
    made = [
        (await person.api("POST", "/clients", {"name": name, "phones": [number], "rank": rank})).json["id"]
        for name, rank in (("Анна", "vip"), ("Борис", "new"))
    ]
    lease = await office.site.take_lease()
    office.site.serve(lease, office.answer)

    def picture(client: int | None) -> None:
        office.site.publish(
            lease,
            [
                entity(f"call/{call}", ["anna"], kind="call", number=number, client=client),
                entity("agent/anna", ["anna"], kind="agent", call=call),
            ],
        )

    async def next_call() -> tuple[ClientId | None, list[tuple[int, str]]]:
        found = await CallerDirectory(office.database, office.clock, "RU", office.history).look_up(number)
        card = Card.model_validate_json(found.card)
        return found.client, [(one.client.id, one.reasons[0].code) for one in card.candidates]

    picture(None)
    socket = await person.socket()
    while f"call/{call}" not in socket.replica:
        await socket.read()
    assert await next_call() == (None, [(made[0], "number"), (made[1], "number")])
    answer = await person.api("PUT", f"/calls/{call}/client", {"client": made[1]})
    assert answer.status == 204, answer.body
    assert PickClient(AgentId("anna"), CallId(call), ClientId(made[1])) in office.requests
    assert await next_call() == (made[1], [(made[1], "picked"), (made[0], "number")])

    picture(made[1])
    await socket.read()
    for _ in range(2):  # asking again is harmless
        assert (await person.api("DELETE", f"/calls/{call}/client")).status == 204
    assert office.requests[-1] == PickClient(AgentId("anna"), CallId(call), None)
    trail, _ = await AuditTrail(office.database).page(AuditFilter(entity="caller_picks"), 10)
    picked = {"client": made[1], "by": "anna"}
    assert [(entry.change.id, entry.who, entry.change.before, entry.change.after) for entry in trail] == [
        (number, "anna", picked, None),
        (number, "anna", None, picked),
    ]
    assert await next_call() == (None, [(made[0], "number"), (made[1], "number")])


async def test_users_are_checked_by_the_store(person: RealBrowser, office: Office) -> None:
    await person.sign_in("root")
    new = {"login": "vera", "name": "Vera", "role": "operator", "password": PASSWORD, "station": "a1001"}
    answer = await person.api("POST", "/users", new)
    assert (answer.status, answer.fields) == (409, {"station"})
    answer = await person.api("POST", "/users", {**new, "station": "a1", "login": "anna"})
    assert (answer.status, answer.fields) == (409, {"login"})
    answer = await person.api(
        "POST", "/users", {**new, "station": "a1", "skills": [{"skill": "chess", "level": 1}]}
    )
    assert (answer.status, answer.fields) == (422, {"skills"})
    assert (await person.api("POST", "/users", {**new, "station": "a2", "queues": ["sales"]})).status == 201
    assert "vera" in {agent.id for agent in office.current_plan().agents}
    assert (await person.api("PATCH", "/users/vera", {"station": None})).json["queues"] == []
    assert "vera" not in {agent.id for agent in office.current_plan().agents}


async def test_history_is_told(person: RealBrowser, office: Office) -> None:
    await person.sign_in("root")
    client = (await person.api("POST", "/clients", {"name": "A", "phones": ["89123456789"]})).json["id"]
    entries: list[Fact] = []
    for number in range(3):
        call = CallId(f"main:{number}.1")
        start = 1_764_000_000.0 + number
        entries += [
            CallStarted(start, call, MAIN, "+79123456789", "Пётр", "100"),
            ClientMatched(start, call, ClientId(client), 1),
            CallQueued(start, call, QueueId("sales"), 0, start, returned=False),
            CallEnded(start + 5, call, CallOutcome.ABANDONED, 5.0, 0.0),
        ]
    ledger = [LedgerEntry(1, number, fact) for number, fact in enumerate(entries, 1)]
    await FactStore(office.database).write([read_document(write_document(entry)) for entry in ledger])

    page = (await person.api("GET", "/calls?limit=2&state=ended")).json
    assert [item["call"] for item in page["items"]] == ["main:2.1", "main:1.1"]
    rest = (await person.api("GET", "/calls?limit=2", params={"cursor": page["next"]})).json
    assert ([item["call"] for item in rest["items"]], rest["next"]) == (["main:0.1"], None)
    assert (await person.api("GET", "/calls?cursor=nonsense")).fields == {"cursor"}
    assert (await person.api("GET", f"/clients/{client}/interactions?limit=1")).json["next"]
    call = (await person.api("GET", "/calls/main:1.1")).json
    assert call["outcome"] == "abandoned"
    assert call["facts"][0]["type"] == "CallStarted"
    card = Card.model_validate((await person.api("GET", f"/clients/{client}/card")).json)
    assert card.client is not None
    assert len(card.client.interactions) == 3


async def test_a_session_outlives_the_server(office: Office) -> None:
    await office.site.start()
    token = ""
    for round_number in range(2):
        server = TestServer(create_app(office.deps(), WebOptions(close_grace=0.5)))
        await server.start_server()
        browser = RealBrowser(server)
        if round_number == 0:
            await browser.sign_in("anna")
            token = next(cookie.value for cookie in browser.http.cookie_jar)
            record = await office.sessions.load(hashlib.sha256(token.encode()).hexdigest())
            assert record is not None
            assert record.login == "anna"
        else:
            browser.http.cookie_jar.update_cookies({"cc_session": token}, browser.url("/"))
            assert (await browser.api("GET", "/session")).json["login"] == "anna"
        await browser.close()
        await server.close()
    await office.site.stop()


NOTHING_MORE = {"parent": None, "callback": "no", "amount": "no", "answers": []}


async def test_an_administrator_sets_up_the_site(person: RealBrowser, office: Office) -> None:
    await person.sign_in("root")
    assert (await person.api("PUT", "/skills/tech", {"ru": "техника", "en": "Technical"})).status == 200
    new = {"id": "help", "name": "Help", "required": [{"skill": "tech", "level": 2}], "numbers": ["100"]}
    answer = await person.api("POST", "/queues", new)
    assert (answer.status, answer.fields) == (409, {"numbers"})
    answer = await person.api("POST", "/queues", {**new, "numbers": ["200"], "takes_unknown": True})
    assert (answer.status, answer.fields) == (409, {"takes_unknown"})
    assert [queue.id for queue in office.current_plan().queues] == [SALES]
    made = await person.api("POST", "/queues", {**new, "numbers": ["200"]})
    assert made.status == 201, made.body
    assert [queue.id for queue in office.current_plan().queues] == [SALES, "help"]
    form = {key: value for key, value in made.json.items() if key != "id"}
    moved = await person.api("PUT", "/queues/help", {**form, "priority": 7, "takes_unknown": True})
    assert moved.json == {**made.json, "priority": 7, "takes_unknown": True}
    assert office.current_plan().default_queue == "help"
    assert (await person.api("GET", "/queues")).json["items"][1] == moved.json
    tea = {"code": "tea", "ru": "Чай", "en": "Tea"}
    assert (await person.api("PUT", "/site/pause-reasons", {"base": 1, "items": [tea]})).status == 200
    done = {**tea, "code": "done", "queues": [], "note_required": False, **NOTHING_MORE}
    assert (await person.api("PUT", "/site/dispositions", {"base": 1, "items": [done]})).status == 200
    site = (await person.api("GET", "/site")).json
    assert (site["pause_reasons"], site["dispositions"]) == ([tea], [done])
    assert [reason.code for reason in await office.words.pause_reasons()] == ["tea"]
