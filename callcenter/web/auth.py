"""Signing in and out; sessions in the database behind aiohttp-session.

The cookie holds a random token, the database its SHA-256. A sign-in always makes a new session and ends the
one it came with, so that a token planted in a browser before never becomes a signed-in one. A session ends by
age, by disuse, by signing out, and when its user is switched off or given another password, role or station.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass

import aiohttp_session
import structlog
from aiohttp import web
from aiohttp_session import AbstractStorage, Session, SessionData, get_session, new_session

from callcenter.clock import Clock
from callcenter.people.passwords import hash_password, matches
from callcenter.people.views import SessionRecord, User
from callcenter.web.context import PUSH, SIP, WebOptions
from callcenter.web.metrics import WebMetrics
from callcenter.web.network import NetworkRules
from callcenter.web.ports import Sessions, Users
from callcenter.web.problems import ProblemError
from callcenter.web.sign_in_limits import SignInLimits

log = structlog.get_logger(__name__)

# aiohttp-session 2.12 keeps its state in the request under plain strings, which aiohttp 3.14 warns about (our
# tests fail on warnings). Its functions look these names up at each call, so typed keys serve them as well.
vars(aiohttp_session).update(
    SESSION_KEY=web.RequestKey("aiohttp_session", Session),
    STORAGE_KEY=web.RequestKey("aiohttp_session_storage", AbstractStorage),
)

COOKIE = "cc_session"
_LOGIN = "login"
_TOUCH_EVERY = 60.0
_HASHES_AT_ONCE = 4
"""Each takes a core for 0.2 s, and 64 MiB."""
_HASHES_WAITING = 64
"""More are refused with 503: a queue of minutes helps nobody who wants to sign in."""


def session_id(token: str) -> str:
    """What the database knows a session by."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


class SqlStorage(AbstractStorage):
    """aiohttp-session's storage over the sessions store."""

    def __init__(self, sessions: Sessions, clock: Clock, options: WebOptions) -> None:
        super().__init__(cookie_name=COOKIE, secure=options.https, httponly=True, samesite="Strict", path="/")
        self._sessions = sessions
        self._clock = clock
        self._options = options

    async def load_session(self, request: web.Request) -> Session:
        token = self.load_cookie(request)
        record = None if not token else await self.alive(session_id(token))
        if record is None:
            return await self.new_session()
        data = SessionData(created=int(record.created_at), session={_LOGIN: record.login})
        return Session(token, data=data, new=False)

    async def alive(self, session: str) -> SessionRecord | None:
        """The session unless it is over; remembers that it is in use."""
        record = await self._sessions.load(session)
        if record is None:
            return None
        now = self._clock.now()
        age, idle = now - record.created_at, now - record.seen_at
        if age > self._options.session_absolute or idle > self._options.session_idle:
            await self._sessions.delete(session)
            return None
        if idle > _TOUCH_EVERY:
            await self._sessions.touch(session, now)
        return record

    async def save_session(
        self, request: web.Request, response: web.StreamResponse, session: Session
    ) -> None:
        if session.empty:
            self.save_cookie(response, "")  # its row was deleted when it ended
            return
        if session.identity is not None:
            return  # nothing of it ever changes
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        await self._sessions.save(SessionRecord(session_id(token), session[_LOGIN], now, now))
        self.save_cookie(response, token)


@dataclass(frozen=True, slots=True)
class SignedIn:
    user: User
    session: str


class Authenticator:
    """Raises ``ConfigError`` for limits that can't be read."""

    def __init__(
        self,
        users: Users,
        sessions: Sessions,
        storage: SqlStorage,
        network: NetworkRules,
        options: WebOptions,
        metrics: WebMetrics,
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._storage = storage
        self._network = network
        self._metrics = metrics
        self._limits = SignInLimits(options.sign_in_limit, options.address_limit, options.rate_limit_storage)
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._waiting = 0

    async def current(self, request: web.Request) -> SignedIn | None:
        """Who is signed in, if anybody is."""
        session = await get_session(request)
        login = session.get(_LOGIN)
        if not isinstance(login, str) or session.identity is None:
            return None
        user = await self._users.find(login)
        if user is None or not user.active:
            return None
        return SignedIn(user, session_id(session.identity))

    async def close(self) -> None:
        await self._limits.close()

    async def alive(self, session: str) -> bool:
        """Whether a session still is, and its user is active."""
        record = await self._storage.alive(session)
        user = None if record is None else await self._users.find(record.login)
        return user is not None and user.active

    async def sign_in(self, request: web.Request, login: str, password: str) -> User:
        """Makes the session. Takes as long for an unknown login as for a wrong password."""
        login = login.strip().lower()
        address = self._network.address(request)
        await self._check_limits(login, address)
        known = re.fullmatch(r"[a-z0-9_.@\-]{1,64}", login) is not None
        user = await self._users.find(login) if known else None
        hashed = await self._users.password_hash(login) if known else None
        good = await self._matches(password, hashed)
        if user is None or not user.active or not good:
            await self._limits.failed(address)
            self._metrics.sign_ins.labels("wrong").inc()
            log.info("auth.sign_in_failed", **{"pii.login": login, "pii.address": address})
            raise ProblemError(401, "wrong login or password", kind="urn:callcenter:problem:wrong-password")
        await self._limits.succeeded(login, address)
        await self._end(request)
        session = await new_session(request)
        session[_LOGIN] = user.login
        self._metrics.sign_ins.labels("ok").inc()
        log.info("auth.signed_in", user=user.login)
        return user

    async def _check_limits(self, login: str, address: str) -> None:
        if not await self._limits.may_try(login, address):
            self._metrics.sign_ins.labels("limited").inc()
            raise ProblemError(
                429,
                "too many tries; wait a little",
                kind="urn:callcenter:problem:too-many-tries",
                headers={"Retry-After": str(self._limits.retry_after)},
            )

    async def _matches(self, password: str, hashed: str | None) -> bool:
        self._take_place()
        try:
            async with self._hashing:
                return await matches(password, hashed)
        finally:
            self._waiting -= 1

    async def hash(self, password: str) -> str:
        self._take_place()
        try:
            async with self._hashing:
                return await hash_password(password)
        finally:
            self._waiting -= 1

    def _take_place(self) -> None:
        if self._waiting >= _HASHES_WAITING:
            raise ProblemError(503, "too many sign-ins at once", headers={"Retry-After": "5"})
        self._waiting += 1

    async def sign_out(self, request: web.Request) -> None:
        await self._end(request)
        (await get_session(request)).invalidate()

    async def _end(self, request: web.Request) -> None:
        """End the session that the request came with, and its sockets."""
        token = (await get_session(request)).identity
        if token is not None:
            await self._sessions.delete(session_id(token))
            _close_sockets(request.app, [session_id(token)])

    async def end_sessions_of(self, app: web.Application, login: str) -> None:
        """Sign a user out everywhere. Sockets on other nodes follow at their next look at the session."""
        _close_sockets(app, await self._sessions.delete_of(login))


def _close_sockets(app: web.Application, sessions: Collection[str]) -> None:
    app[PUSH].close_sessions(sessions)
    app[SIP].close_sessions(sessions)
