"""A stand-in for the server, for looking at the console: canned people, clients and calls, and scenes to switch between.

    python agents_ui/dev/fake_server.py [--port 8099] [--root callcenter/web/static]

Sign in as anna, boris (operators), sup (supervisor) or admin with any password but "wrong". A scene is chosen with
``POST /fake/scene {"name": "talking"}``; ``POST /fake/do {"what": "drop"|"follow"|"upgrade"|"sign_out"}`` makes
trouble. Requests of the console change the scene as the real server would, roughly. Only for development.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

Doc = dict[str, Any]
NOW = time.time

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

USERS: dict[str, Doc] = {
    "anna": {"name": "Анна Сергеева", "role": "operator", "station": "101", "queues": ["sales", "support"]},
    "boris": {"name": "Борис Ким", "role": "operator", "station": "102", "queues": ["support"]},
    "sup": {"name": "Светлана Орлова", "role": "supervisor", "station": None, "queues": []},
    "admin": {"name": "Администратор", "role": "administrator", "station": None, "queues": []},
}
SITE: Doc = {
    "name": "Северный ветер",
    "timezone": "Europe/Moscow",
    "region": "RU",
    "languages": ["ru", "en"],
    "pause_reasons": [
        {"code": "break", "ru": "Перерыв", "en": "Break"},
        {"code": "lunch", "ru": "Обед", "en": "Lunch"},
        {"code": "training", "ru": "Обучение", "en": "Training"},
        {"code": "paperwork", "ru": "Работа с документами", "en": "Paperwork"},
    ],
    "dispositions": [
        {"code": "order", "ru": "Заказ оформлен", "en": "Order placed", "queues": ["sales"], "note_required": False},
        {"code": "thinking", "ru": "Думает", "en": "Thinking it over", "queues": ["sales"], "note_required": False},
        {"code": "resolved", "ru": "Вопрос решён", "en": "Resolved", "queues": [], "note_required": False},
        {"code": "callback", "ru": "Перезвонить", "en": "Call back", "queues": [], "note_required": True},
        {"code": "complaint", "ru": "Жалоба", "en": "Complaint", "queues": [], "note_required": True},
        {"code": "transfer", "ru": "Передано в отдел", "en": "Handed over", "queues": [], "note_required": False},
        {"code": "wrong_number", "ru": "Ошиблись номером", "en": "Wrong number", "queues": [], "note_required": False},
        {"code": "silent", "ru": "Тишина в трубке", "en": "Nobody spoke", "queues": [], "note_required": False},
    ],
    "queues": [
        {"id": "sales", "name": "Продажи", "service_level_seconds": 20},
        {"id": "support", "name": "Поддержка", "service_level_seconds": 30},
        {"id": "vip", "name": "Ключевые клиенты", "service_level_seconds": 10},
    ],
}


def interaction(index: int, ago: float, disposition: str | None, note: str, talked: float, **more: Any) -> Doc:
    at = NOW() - ago
    return {
        "call": f"main:1700.{index}",
        "started_at": at,
        "ended_at": at + talked + 20,
        "direction": "inbound",
        "queue": "support",
        "agent": "boris",
        "agent_name": "Борис Ким",
        "outcome": "answered" if talked else "abandoned",
        "disposition": disposition,
        "note": note,
        "waited": 14.0,
        "talked": talked,
        "number": "+7 916 123-45-67",
        "client": 7,
        **more,
    }


def history() -> list[Doc]:
    return [
        interaction(5, 5400, "callback", "Просил перезвонить после 15:00, уточнить срок поставки второй партии.", 184),
        interaction(4, 90000, "order", "Заказ № 4417, 12 позиций, доставка до склада.", 402, agent="anna", agent_name="Анна Сергеева", queue="sales"),
        interaction(3, 260000, None, "", 0, agent=None, agent_name=None),
        interaction(2, 1100000, "complaint", "Повреждена упаковка, отправили замену.", 655),
        interaction(1, 34000000, "resolved", "", 75),
    ]


def summary(id: int, name: str, company: str, rank: str, *phones: tuple[str, str]) -> Doc:
    return {"id": id, "name": name, "company": company, "rank": rank, "phones": [{"raw": raw, "e164": None, "label": label} for raw, label in phones]}


MARIA = summary(7, "Мария Константиновна Лебедева", "ООО «Северный ветер логистика»", "vip", ("+7 916 123-45-67", "моб."), ("8 (495) 777-12-12", "офис"))
CLIENTS = [
    MARIA,
    summary(8, "Пётр Лебедев", "ИП Лебедев", "regular", ("8 916 123 45 67", "")),
    summary(9, "Ольга Щербакова", "", "new", ("+7 (916) 123-45-67", "общий")),
    summary(10, "Alexander Featherstonehaugh-Wellington", "Featherstonehaugh & Sons International Trading", "risk", ("+44 20 7946 0018", "office")),
]


def client_card(client: Doc) -> Doc:
    rich = client["id"] == 7
    return {
        **client,
        "email": "m.lebedeva@example.ru" if rich else "",
        "note": "Говорить о доставке только с ней. Документы дублировать на почту бухгалтерии." if rich else "",
        "since": NOW() - 86400 * 1300,
        "interactions": history() if rich else [],
        "deals": [
            {"id": 1, "title": "Поставка осень, партия 2", "stage": "Согласование", "amount": 1480000.0, "currency": "RUB", "updated_at": NOW() - 9000},
            {"id": 2, "title": "Годовой договор обслуживания", "stage": "Счёт", "amount": 320000.0, "currency": "RUB", "updated_at": NOW() - 90000},
        ] if rich else [],
        "tickets": [
            {"id": 3, "title": "Не приходит накладная по заказу 4417", "status": "в работе", "priority": "high", "updated_at": NOW() - 4000},
            {"id": 4, "title": "Доступ в личный кабинет второму сотруднику", "status": "новая", "priority": "normal", "updated_at": NOW() - 60000},
        ] if rich else [],
        "tasks": [
            {"id": 5, "title": "Перезвонить по сроку поставки", "due_at": NOW() - 600, "assignee": "anna"},
            {"id": 6, "title": "Отправить акт сверки", "due_at": NOW() + 90000, "assignee": None},
        ] if rich else [],
    }


NUMBER = {"raw": "89161234567", "e164": "+79161234567", "display": "+7 916 123-45-67"}


def card(match: str) -> Doc:
    if match == "known":
        reasons = [{"code": "number", "detail": "моб."}, {"code": "spoke", "detail": "2026-11-20T11:20:00Z"}, {"code": "deal", "detail": "2"}]
        return {"number": NUMBER, "match": match, "client": client_card(MARIA), "candidates": [{"client": MARIA, "reasons": reasons, "score": 1.0}]}
    if match == "plain":
        return {"number": NUMBER, "match": "known", "client": client_card(CLIENTS[1]), "candidates": []}
    if match == "several":
        found = [
            {"client": MARIA, "reasons": [{"code": "number", "detail": "моб."}, {"code": "ticket", "detail": "2"}, {"code": "rank", "detail": "vip"}], "score": 3.0},
            {"client": CLIENTS[1], "reasons": [{"code": "number", "detail": ""}], "score": 2.0},
            {"client": CLIENTS[2], "reasons": [{"code": "number", "detail": "общий"}], "score": 1.0},
        ]
        return {"number": NUMBER, "match": match, "client": None, "candidates": found}
    return {"number": NUMBER, "match": "unknown", "client": None, "candidates": []}


def agent(login: str, state: str, ago: float = 125, **more: Any) -> Doc:
    user = USERS.get(login, {"name": more.pop("name", login), "station": login, "queues": ["support"]})
    intent = state if state in ("ready", "paused", "offline") else "ready"
    return {
        "kind": "agent", "agent": login, "name": user["name"], "station": user["station"], "station_ready": True, "state": state,
        "since": NOW() - ago, "reason": "", "intent": intent, "intent_reason": "", "browser": state != "offline", "call": None,
        "offer": None, "queues": user["queues"], "wrap_up_until": None, **more,
    }  # fmt: skip


def call(id: str, state: str, **more: Any) -> Doc:
    now = NOW()
    return {
        "kind": "call", "call": id, "server": "main", "state": state, "number": "+7 916 123-45-67", "name": "", "dialled": "4951112233",
        "queue": "sales", "priority": 5, "client": None, "arrived_at": now - 24, "queued_at": now - 22, "offered_at": None,
        "answered_at": None, "ended_at": None, "agent": None, "offer": None, "offer_state": None, "offers": 0, **more,
    }  # fmt: skip


def queue(id: str, name: str, waiting: int, longest: float | None, talking: int, ready: int, engaged: int, paused: int) -> Doc:
    since = None if longest is None else NOW() - longest
    return {"kind": "queue", "queue": id, "name": name, "waiting": waiting, "longest_since": since, "talking": talking, "agents_ready": ready, "agents_engaged": engaged, "agents_paused": paused}


NAMES = ["Ирина Волкова", "Денис Панов", "Юлия Громова", "Тимур Ахметов", "Елена Соколова", "Марк Левин", "Ольга Рябова", "Глеб Исаев"]
CALL = "main:1763.42"


def scene(name: str) -> dict[str, Doc]:
    mine = agent("anna", "ready")
    things: dict[str, Doc] = {"server/main": {"kind": "server", "server": "main", "link": "up", "since": NOW() - 7200}}
    full = name in ("floor", "floor_down")
    things["queue/sales"] = queue("sales", "Продажи", 3 if full else 0, 34.0 if full else None, 2, 1, 2, 1)
    things["queue/support"] = queue("support", "Поддержка", 1 if full else 1, 17.0, 1, 2, 1, 0)
    things["queue/vip"] = queue("vip", "Ключевые клиенты", 1 if full else 0, 4.0 if full else None, 0, 0, 0, 2)
    things["agent/boris"] = agent("boris", "talking", 61, call="main:1763.40")
    things["call/main:1763.40"] = call("main:1763.40", "talking", number="+7 903 555-01-01", agent="boris", answered_at=NOW() - 61, queue="support")
    base, _, match = name.partition(":")
    offer = f"{CALL}/1"
    if base in ("offered", "ringing"):
        mine = agent("anna", "offered", 2, call=CALL, offer=offer)
        things[f"call/{CALL}"] = call(CALL, "offered", agent="anna", offer=offer, offer_state="shown" if base == "offered" else "ringing", offered_at=NOW() - 2, offers=1, name="LEBEDEVA M" if match == "unknown" else "")
    elif base in ("talking", "leaving"):
        mine = agent("anna", "talking", 95, call=CALL)
        if base == "leaving":
            mine |= {"intent": "paused", "intent_reason": "lunch"}
        things[f"call/{CALL}"] = call(CALL, "talking", agent="anna", answered_at=NOW() - 95, arrived_at=NOW() - 121, queued_at=NOW() - 119, name="LEBEDEVA M" if match == "unknown" else "")
    elif base == "wrap_up":
        mine = agent("anna", "wrap_up", 12, call=CALL, wrap_up_until=NOW() + 48)
        things[f"call/{CALL}"] = call(CALL, "ended", agent="anna", answered_at=NOW() - 207, ended_at=NOW() - 12, arrived_at=NOW() - 230, queued_at=NOW() - 228)
    elif base == "paused":
        mine = agent("anna", "paused", 754, reason=match or "lunch", intent_reason=match or "lunch")
    elif base == "offline":
        mine = agent("anna", "offline", 4000)
    elif base == "no_phone":
        mine = agent("anna", "ready", 30, station_ready=False)
    elif base == "floor_down":
        things["server/main"] = {"kind": "server", "server": "main", "link": "down", "since": NOW() - 44}
        things["server/south"] = {"kind": "server", "server": "south", "link": "syncing", "since": NOW() - 2}
    if full:
        states = ["ready", "talking", "wrap_up", "paused", "talking", "offline", "ready", "offered"]
        for index, (person, state) in enumerate(zip(NAMES, states, strict=True)):
            login = f"agent{index}"
            theirs = f"main:1763.{50 + index}" if state in ("talking", "offered") else None
            things[f"agent/{login}"] = agent(login, state, 37 * (index + 1), name=person, call=theirs, reason="lunch" if state == "paused" else "", station_ready=index != 6, browser=index != 4 and state != "offline", intent="paused" if index == 1 else "ready", intent_reason="break" if index == 1 else "")
            if theirs is not None:
                things[f"call/{theirs}"] = call(theirs, state, agent=login, number=f"+7 903 555-02-{index:02}", answered_at=NOW() - 37 if state == "talking" else None, queue="sales")
        for index in range(5):
            things[f"call/main:1763.{80 + index}"] = call(f"main:1763.{80 + index}", "waiting", number=f"+7 921 300-10-{index:02}", queue=["sales", "support", "vip", "sales", "sales"][index], queued_at=NOW() - 34 + index * 6)
    things["agent/anna"] = mine
    if match and f"call/{CALL}" in things:
        things[f"card/{CALL}"] = {"kind": "card", "call": CALL, "card": card(match)}
    if name == "bare":
        return {"server/main": things["server/main"]}
    return things


class Fake:
    def __init__(self) -> None:
        self.scene = "ready"
        self.entities = scene("ready")
        self.seq = 1
        self.epoch = "e1"
        self.sockets: set[web.WebSocketResponse] = set()
        self.leads = True
        self.version = "v1"
        self.build: str | None = None
        self.empty = False
        self.heard: list[Doc] = []
        self.sessions: set[str] = set()

    async def push(self, entities: dict[str, Doc]) -> None:
        self.seq += 1
        changes = [{"key": key, "entity": None} for key in self.entities.keys() - entities.keys()]
        changes += [{"key": key, "entity": entity} for key, entity in entities.items() if self.entities.get(key) != entity]
        self.entities = entities
        await self.send({"type": "changes", "seq": self.seq, "changes": changes})

    async def send(self, message: Doc) -> None:
        for socket in list(self.sockets):
            await socket.send_str(json.dumps(message))


FAKE = web.AppKey("fake", Fake)


def problem(status: int, detail: str, **more: Any) -> web.Response:
    body = {"type": "about:blank", "title": "Error", "status": status, "detail": detail, **more}
    return web.json_response(body, status=status, content_type="application/problem+json")


def me_of(login: str) -> Doc:
    user = USERS[login]
    return {"login": login, "name": user["name"], "role": user["role"], "language": "ru", "agent": user["station"] is not None, "station": user["station"]}


async def api(request: web.Request) -> web.StreamResponse:
    fake = request.app[FAKE]
    path = request.match_info["path"]
    login = request.cookies.get("cc_session", "")
    body: Doc = await request.json() if request.can_read_body else {}
    if request.method != "GET" and request.headers.get("X-Requested-With") != "callcenter":
        return problem(403, "X-Requested-With is missing")
    if path == "session" and request.method == "POST":
        if body["login"] not in USERS or body["password"] == "wrong":
            return problem(401, "wrong login or password")
        answer = web.json_response(me_of(body["login"]))
        answer.set_cookie("cc_session", body["login"], httponly=True, samesite="Strict")
        fake.sessions.add(body["login"])
        return answer
    if login not in fake.sessions:
        return problem(401, "sign in first")
    parts = path.split("/")
    match [request.method, *parts]:
        case ["GET", "session"]:
            return web.json_response(me_of(login))
        case ["PATCH", "session"]:
            return web.json_response({**me_of(login), "language": body["language"]})
        case ["DELETE", "session"]:
            fake.sessions.discard(login)
            return web.Response(status=204)
        case ["GET", "site"]:
            return web.json_response(SITE)
        case ["PUT", "agents", who, "state"]:
            was = fake.entities[f"agent/{who}"]
            now = {**was, "intent": body["state"], "intent_reason": body.get("reason", "")}
            if was["state"] in ("ready", "paused", "offline"):
                now |= {"state": body["state"], "reason": body.get("reason", ""), "since": NOW()}
            await fake.push({**fake.entities, f"agent/{who}": now})
            return web.Response(status=204)
        case ["POST", "calls", _, "decline"]:
            await fake.push(scene("paused:rona"))
            return web.Response(status=204)
        case ["POST", "calls", _, "hang-up"]:
            await fake.push(scene("wrap_up:known"))
            return web.Response(status=204)
        case ["POST", "calls", _, "wrap-up"]:
            fake.heard.append({"type": "wrap-up", **body})
            await fake.push(scene("ready"))
            return web.Response(status=204)
        case ["PUT", "calls", which, "client"]:
            found = next((client for client in CLIENTS if client["id"] == body["client"]), MARIA)
            made = {"number": NUMBER, "match": "known", "client": client_card(found), "candidates": []}
            await fake.push({**fake.entities, f"card/{which}": {"kind": "card", "call": which, "card": made}})
            return web.Response(status=204)
        case ["GET", "calls"]:
            items = [] if fake.empty else [{**item, "agent": login} for item in history()]
            if items:
                items.append(interaction(9, 200000, "wrong_number", "", 12, client=None, number="+7 495 000-00-00"))
            return web.json_response({"items": items, "next": None})
        case ["GET", "calls", which]:
            found = next((item for item in history() if item["call"] == which), history()[0])
            offers = [
                {"offer": which + "/1", "agent": "boris", "station": "102", "queue": "support", "made_at": found["started_at"] + 9, "painted_at": None, "ring_at": None, "ended_at": None, "outcome": "no_answer", "lead": None},
                {"offer": which + "/2", "agent": "anna", "station": "101", "queue": "support", "made_at": found["started_at"] + 30, "painted_at": None, "ring_at": None, "ended_at": None, "outcome": "answered", "lead": 0.1},
            ]  # fmt: skip
            return web.json_response({**found, "legs": [], "offers": offers, "facts": []})
        case ["GET", "clients"]:
            q = request.query.get("q", "").lower()
            digits = "".join(sign for sign in q if sign.isdigit())
            items = [item for item in CLIENTS if q in (item["name"] + item["company"]).lower() or (digits and any(digits[-7:] in "".join(s for s in phone["raw"] if s.isdigit()) for phone in item["phones"]))]
            return web.json_response({"items": items})
        case ["POST", "clients"]:
            if body["phones"] == ["0"]:
                return problem(422, "not acceptable: phones.0", errors=[{"source": "body", "field": "phones.0", "code": "number", "message": "not a number"}])
            client = summary(11, body["name"], body["company"], body["rank"], *((phone, "") for phone in body["phones"]))
            CLIENTS.append(client)
            return web.json_response({**client, "email": body["email"], "note": body["note"], "since": NOW()}, status=201)
        case ["GET", "clients", which, "card"]:
            found = next(client for client in CLIENTS if client["id"] == int(which))
            return web.json_response({"number": NUMBER, "match": "known", "client": client_card(found), "candidates": []})
        case ["GET", "clients", _, "interactions"]:
            return web.json_response({"items": [] if fake.empty else history(), "next": None})
        case ["GET", "users"]:
            items = [{"login": key, "language": "ru", "active": key != "boris", "skills": [], **user} for key, user in USERS.items()]
            return web.json_response({"items": items})
        case ["POST", "users"]:
            return problem(422, "not acceptable: login", errors=[{"source": "body", "field": "login", "code": "taken", "message": "is taken"}])
        case ["PATCH", "users", who]:
            return web.json_response({"login": who, "language": "ru", "active": True, "skills": [], **USERS[who]})
    return problem(404, "there is no such thing")


async def push(request: web.Request) -> web.StreamResponse:
    fake = request.app[FAKE]
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    if request.cookies.get("cc_session", "") not in fake.sessions:
        await socket.close(code=4401)
        return socket
    async for frame in socket:
        if frame.type is not WSMsgType.TEXT:
            break
        message = json.loads(frame.data)
        if message["type"] != "ping":
            fake.heard.append(message)
        match message["type"]:
            case "hello":
                await socket.send_json({"type": "welcome", "node": "fake", "version": fake.version, "leads": fake.leads})
                resume = message["resume"]
                if resume is not None and resume["epoch"] == fake.epoch and resume["seq"] == fake.seq:
                    await socket.send_json({"type": "changes", "seq": fake.seq, "changes": []})
                else:
                    await socket.send_json({"type": "snapshot", "epoch": fake.epoch, "seq": fake.seq, "entities": fake.entities})
                fake.sockets.add(socket)
            case "ping":
                await socket.send_json({"type": "pong", "n": message["n"]})
            case "lead":
                fake.leads = True
                await socket.send_json({"type": "lead", "leads": True})
            case "painted":
                which = message["offer"].rpartition("/")[0]
                view = fake.entities.get(f"call/{which}")
                if view is not None and view["offer_state"] == "shown":
                    await fake.push({**fake.entities, f"call/{which}": {**view, "offer_state": "ringing"}})
    fake.sockets.discard(socket)
    return socket


async def control(request: web.Request) -> web.Response:
    fake = request.app[FAKE]
    body = await request.json()
    if request.path == "/fake/scene":
        await fake.push(scene(body["name"]))
        return web.json_response({})
    match body["what"]:
        case "drop":
            for socket in list(fake.sockets):
                await socket.close(code=1001)
        case "restart":
            fake.epoch += "x"
            for socket in list(fake.sockets):
                await socket.close(code=1001)
        case "follow":
            fake.leads = False
            await fake.send({"type": "lead", "leads": False})
        case "lead":
            fake.leads = True
            await fake.send({"type": "lead", "leads": True})
        case "upgrade":
            fake.version, fake.build = "v2", "another"
            for socket in list(fake.sockets):
                await socket.close(code=1001)
        case "sign_out":
            fake.sessions.clear()
            for socket in list(fake.sockets):
                await socket.close(code=4401)
        case "empty":
            fake.empty = bool(body.get("on", True))
    return web.json_response({})


async def heard(request: web.Request) -> web.Response:
    return web.json_response(request.app[FAKE].heard)


def make_app(root: Path) -> web.Application:
    app = web.Application()
    fake = app[FAKE] = Fake()

    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name == "build.json" and fake.build is not None:
            return web.json_response({"build": fake.build})
        path = root / name
        chosen = path if name and path.is_file() else root / "index.html"
        return web.FileResponse(chosen, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})

    app.router.add_route("*", "/api/v1/{path:.*}", api)
    app.router.add_get("/ws", push)
    app.router.add_post("/fake/{_:scene|do}", control)
    app.router.add_get("/fake/heard", heard)
    app.router.add_get("/{name:.*}", file)
    return app


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[2] / "callcenter" / "web" / "static")
    given = parser.parse_args()
    runner = web.AppRunner(make_app(given.root), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", given.port).start()
    print(f"http://localhost:{given.port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
