"""Settings, database schema and Asterisk's configuration."""

from __future__ import annotations

import asyncio
from pathlib import Path

from callcenter.asterisk_config import AsteriskConfigError, OverwriteRefusedError, render, write_config
from callcenter.cli.common import CliError, bring_up, read_settings
from callcenter.errors import ConfigError
from callcenter.settings import asterisk_config, missing_secrets
from callcenter.storage import Database, DatabaseUnavailableError


def check(path: Path | None) -> None:
    settings = read_settings(path)
    missing = missing_secrets(settings)
    if missing:
        raise CliError("\n".join(f"{error.place}: {error.problem}. {error.remedy}." for error in missing))
    print("The settings are in order.")


def migrate_database(path: Path | None) -> None:
    settings = read_settings(path)

    async def work() -> None:
        database = Database(settings.database.url.get_secret_value())
        try:
            done = await bring_up(database)
        finally:
            await database.close()
        if done.before == done.after:
            print(f"The database is at {done.after} already.")
        else:
            print(f"The database went from {done.before or 'nothing'} to {done.after}.")

    try:
        asyncio.run(work())
    except (ConfigError, DatabaseUnavailableError) as error:
        raise CliError(str(error)) from error


def write_asterisk(path: Path | None, directory: Path, server: str) -> None:
    settings = read_settings(path)
    servers = list(settings.telephony)
    if not server and len(servers) > 1:
        raise CliError(f"which server? Say --server with one of {', '.join(servers)}")
    server = server or servers[0]
    if server not in servers:
        raise CliError(f"there is no [telephony.{server}]; there is {', '.join(servers)}")
    missing = missing_secrets(settings)
    if missing:
        raise CliError("\n".join(f"{error.place}: {error.problem}. {error.remedy}." for error in missing))
    try:
        written = write_config(render(asterisk_config(settings, server)), directory)
    except AsteriskConfigError as error:
        raise CliError(f"asterisk.{error.field}: {error.problem}. {error.remedy}") from error
    except OverwriteRefusedError as error:
        raise CliError("\n".join(f"{file}: {why}" for file, why in error.files.items())) from error
    except OSError as error:
        raise CliError(f"{directory}: {error.strerror}") from error
    changed = [file.path.name for file in written if file.changed]
    print(f"{directory}: {len(written)} files, {len(changed)} of them new or changed")
    for name in changed:
        print(f"  {name}")
