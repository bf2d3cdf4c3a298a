"""What every subcommand needs: settings, the site's database, and errors told in one line."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from callcenter.errors import ConfigError
from callcenter.people.first_words import read_first_words
from callcenter.people.site_plan import Author, Source
from callcenter.people.words import WordStore
from callcenter.settings import ConfigErrors, Settings, default_path, explain, load_settings
from callcenter.storage import (
    Database,
    DatabaseUnavailableError,
    Migrated,
    StoreError,
    UnknownReferenceError,
    migrate,
)

T = TypeVar("T")

_OPTIONS = {"required": "--require", "skills": "--skill", "takes_unknown": "--default"}
_ARGUMENTS = ("id", "login", "queue", "user", "password")


class CliError(Exception):
    """Ends the command with a message and exit code; no traceback."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def read_settings(path: Path | None) -> Settings:
    """Raises ``CliError`` with every mistake explained."""
    try:
        return load_settings(path, os.environ)
    except ConfigErrors as error:
        raise CliError(explain(error)) from error


@contextmanager
def told() -> Iterator[None]:
    """What a store refuses, in the words of the command line. Raises ``CliError``."""
    try:
        yield
    except StoreError as error:
        option = _OPTIONS.get(error.field, f"--{error.field.replace('_', '-')}")
        place = error.field if error.field in _ARGUMENTS else option
        remedy = ""
        if isinstance(error, UnknownReferenceError):
            remedy = f"; callcenter add-{'queue' if error.field == 'queues' else 'skill'} adds one"
        raise CliError(f"{place}: {error.message}{remedy}") from error
    except (ConfigError, DatabaseUnavailableError) as error:
        raise CliError(str(error)) from error


def with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do ``work`` on the site's database, brought up to date first. Raises ``CliError``."""

    async def run() -> T:
        database = Database(settings.database.url.get_secret_value())
        try:
            await bring_up(database)
            return await work(database)
        finally:
            await database.close()

    with told():
        return asyncio.run(run())


async def bring_up(database: Database) -> Migrated:
    """This version's schema, and on a new site the words without which no operator could pause or close a
    wrap-up."""
    done = await migrate(database)
    words = read_first_words(default_path().parent / "words.toml")
    reasons, dispositions = await WordStore(database).enter_first(*words)
    if reasons:
        print("The usual pause reasons were entered.")
    if dispositions:
        print("The usual dispositions were entered.")
    return done


def account() -> Author:
    """Who runs the command, for the audit trail: the account on this machine."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may have a number and no name
        name = f"uid {os.getuid()}"
    return Author(name, Source.CLI)


def listed(text: str) -> list[str]:
    """The parts of a list with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
