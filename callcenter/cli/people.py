"""People on the command line: the way to the first administrator, and to help one who is locked out."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from callcenter.cli.common import CliError, account, listed, read_settings, told, with_database
from callcenter.cli.levels import levels, levels_or_none
from callcenter.clock import SystemClock
from callcenter.people.passwords import hash_password
from callcenter.people.rules import check_password
from callcenter.people.sessions import SessionStore
from callcenter.people.users import UserStore, check_user
from callcenter.people.views import Language, Role, User, UserChanges
from callcenter.settings import Settings
from callcenter.storage import Database
from routing.ids import QueueId, StationId


class RoleName(StrEnum):
    """Roles as the command line spells them."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    CAMPAIGN_MANAGER = "campaign-manager"
    ADMINISTRATOR = "administrator"

    @property
    def role(self) -> Role:
        return Role(self.value.replace("-", "_"))


@dataclass(frozen=True, slots=True)
class UserOptions:
    """What was said of a person; ``None`` was not."""

    name: str | None = None
    role: RoleName | None = None
    station: str | None = None
    queues: str | None = None
    skills: tuple[str, ...] = ()
    no_skills: bool = False
    active: bool | None = None


def add_user(path: Path | None, login: str, options: UserOptions) -> None:
    settings = read_settings(path)
    user = User(
        login,
        login if options.name is None else options.name,
        (options.role or RoleName.OPERATOR).role,
        Language(settings.site.language),
        True,
        StationId(options.station) if options.station else None,
        tuple(QueueId(queue) for queue in listed(options.queues or "")),
        levels("--skill", options.skills),
    )
    with told():
        check_user(user)  # before the password is asked for
    password = _password()

    async def work(database: Database) -> None:
        await UserStore(database, SystemClock()).add(user, await hash_password(password), by=account())

    with_database(settings, work)
    print(f"{login} may sign in now.")


def change_user(path: Path | None, login: str, options: UserOptions) -> None:
    if options == UserOptions():
        raise CliError("nothing to change; see callcenter change-user --help")
    settings = read_settings(path)
    changes = UserChanges(
        name=options.name,
        role=None if options.role is None else options.role.role,
        active=options.active,
        station=options.station,
        queues=None if options.queues is None else tuple(QueueId(name) for name in listed(options.queues)),
        skills=levels_or_none("--skill", options.skills, none=options.no_skills),
    )
    ends_sessions = options.role is not None or options.active is False or options.station is not None
    _change(settings, login, changes, ends_sessions=ends_sessions)
    print(f"{login} is changed.")


def set_password(path: Path | None, login: str) -> None:
    settings = read_settings(path)
    with_database(settings, lambda database: _find(database, login))  # before the password is asked for
    password = _password()

    async def hashed(_database: Database) -> str:
        return await hash_password(password)

    changes = UserChanges(password_hash=with_database(settings, hashed))
    _change(settings, login, changes, ends_sessions=True)
    print(f"{login} has the new password; whoever was signed in with the old one is signed out.")


def _change(settings: Settings, login: str, changes: UserChanges, *, ends_sessions: bool) -> None:
    """As the API does: whoever is signed in does not keep what was taken away."""

    async def work(database: Database) -> None:
        user = await _find(database, login)
        await UserStore(database, SystemClock()).change(user.login, changes, by=account())
        if ends_sessions:
            await SessionStore(database).delete_of(user.login)

    with_database(settings, work)


async def _find(database: Database, login: str) -> User:
    everyone = {user.login: user for user in await UserStore(database, SystemClock()).all()}
    if login not in everyone:
        raise CliError(f"there is no user {login!r}{_near(login, list(everyone))}")
    return everyone[login]


def _near(login: str, logins: Sequence[str]) -> str:
    close = [known for known in logins if known.lower() == login.strip().lower()]
    return f"; there is {close[0]}" if close else ""


def _password() -> str:
    """From the terminal, twice; from a pipe, its first line. Never from an argument, which others could
    read."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise CliError("the two passwords differ")
    else:
        try:
            password = sys.stdin.readline().rstrip("\r\n")
            password.encode()
        except UnicodeError:
            raise CliError("password: is not UTF-8") from None
    with told():
        check_password(password)
    return password
