"""The first people and queues of a new site; the rest is done in the console."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path

from callcenter.cli.common import CliError, read_settings
from callcenter.clock import SystemClock
from callcenter.errors import ConfigError
from callcenter.people.passwords import hash_password
from callcenter.people.plan import PlanStore
from callcenter.people.users import UserStore
from callcenter.people.views import Language, Role, User
from callcenter.storage import Database, DatabaseUnavailableError, StoreError, migrate
from routing.acd.model import Queue
from routing.ids import QueueId, StationId

MIN_PASSWORD = 10


class RoleName(StrEnum):
    """Roles as the command line spells them."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    CAMPAIGN_MANAGER = "campaign-manager"
    ADMINISTRATOR = "administrator"


def add_user(path: Path | None, login: str, name: str, role: RoleName, station: str, queues: str) -> None:
    settings = read_settings(path)
    password = _password()
    user = User(
        login,
        name,
        Role(role.value.replace("-", "_")),
        Language(settings.site.language),
        True,
        StationId(station) if station else None,
        tuple(QueueId(queue) for queue in _listed(queues)),
        (),
    )

    async def work(database: Database) -> None:
        await UserStore(database, SystemClock()).add(user, await hash_password(password))

    _with_database(path, work)
    print(f"{login} may sign in now.")


def add_queue(path: Path | None, queue: str, name: str, numbers: str, *, takes_unknown: bool) -> None:
    async def work(database: Database) -> None:
        await PlanStore(database).add_queue(
            Queue(QueueId(queue), name, tuple(_listed(numbers))), takes_unknown=takes_unknown
        )

    _with_database(path, work)
    print(f"The queue {queue} is there.")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _password() -> str:
    """From the terminal, twice; from a pipe, its first line. Never from an argument, which others could
    read."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise CliError("the two passwords differ")
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < MIN_PASSWORD:
        raise CliError(f"a password has at least {MIN_PASSWORD} characters")
    return password


def _with_database(path: Path | None, work: Callable[[Database], Awaitable[None]]) -> None:
    settings = read_settings(path)

    async def run() -> None:
        database = Database(settings.database.url.get_secret_value())
        try:
            await migrate(database)
            await work(database)
        finally:
            await database.close()

    try:
        asyncio.run(run())
    except (ConfigError, DatabaseUnavailableError, StoreError) as error:
        raise CliError(str(error)) from error
