"""The ``callcenter`` command. Each subcommand is a thin start of something composed elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from callcenter.cli import config, people, serve, simulate
from callcenter.cli.common import CliError

app = typer.Typer(
    name="callcenter",
    help="An open contact-center server for Asterisk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
simulate_app = typer.Typer(help="Stand-ins for the telephone network.", no_args_is_help=True)
app.add_typer(simulate_app, name="simulate")

Config = Annotated[
    Path | None,
    typer.Option("--config", help="The settings file; by default CALLCENTER_CONFIG, or the one we ship."),
]


@app.command("serve")
def _serve(config_file: Config = None) -> None:
    """Run the server until it is told to stop (SIGTERM, Ctrl-C)."""
    serve.serve(config_file)


@app.command("demo")
def _demo(
    seconds: Annotated[float | None, typer.Option(help="End by itself after so many seconds.")] = None,
    port: Annotated[int, typer.Option(help="The web's port.")] = 8080,
    seed: Annotated[int | None, typer.Option(help="Another sequence of calls.")] = None,
) -> None:
    """The real server with simulated callers, seeded clients and operators, on http://localhost:8080."""
    serve.demo(seconds=seconds, port=port, seed=seed)


@app.command("migrate")
def _migrate(config_file: Config = None) -> None:
    """Bring the database to this version's schema. ``serve`` does so, too."""
    config.migrate_database(config_file)


@app.command("check-config")
def _check_config(config_file: Config = None) -> None:
    """Explain every mistake in the settings, with file, key and remedy. Exits with 1 when there is one."""
    config.check(config_file)


@app.command("asterisk-config")
def _asterisk_config(
    directory: Annotated[Path, typer.Argument(help="Where to write; /etc/asterisk on Asterisk's host.")],
    server: Annotated[
        str, typer.Option(help="Which [telephony.*] server; needed when there are several.")
    ] = "",
    config_file: Config = None,
) -> None:
    """Write a turnkey Asterisk configuration. Files that we did not write are never overwritten."""
    config.write_asterisk(config_file, directory, server)


@app.command("add-user")
def _add_user(
    login: Annotated[str, typer.Argument(help="What the person signs in with; never changes.")],
    name: Annotated[str, typer.Option(help="The name on screen.")] = "",
    role: Annotated[people.RoleName, typer.Option(help="What the person may do.")] = people.RoleName.OPERATOR,
    station: Annotated[str, typer.Option(help="The phone, for someone who takes calls.")] = "",
    queues: Annotated[str, typer.Option(help="Queues served, with commas between.")] = "",
    config_file: Config = None,
) -> None:
    """Add a person; the password is asked for, or read from standard input. The way to the first
    administrator."""
    people.add_user(config_file, login, name or login, role, station, queues)


@app.command("add-queue")
def _add_queue(
    queue: Annotated[str, typer.Argument(help="A short name, such as sales.")],
    name: Annotated[str, typer.Option(help="The name on screen.")] = "",
    numbers: Annotated[str, typer.Option(help="Dialled numbers that lead here, with commas between.")] = "",
    default: Annotated[bool, typer.Option("--default", help="Also takes calls to unknown numbers.")] = False,
    config_file: Config = None,
) -> None:
    """Add a queue. A server needs one before it starts."""
    people.add_queue(config_file, queue, name or queue, numbers, takes_unknown=default)


@simulate_app.command("pbx")
def _simulate_pbx(
    scenario: Annotated[Path, typer.Argument(help="A scenario, such as config/demo/pbx.toml.")],
    port: Annotated[int, typer.Option(help="The manager port to serve.")] = 5038,
    username: Annotated[str, typer.Option(help="The manager user.")] = "callcenter",
    seconds: Annotated[float | None, typer.Option(help="End by itself after so many seconds.")] = None,
    speed: Annotated[float, typer.Option(help="Plays so many times faster than life.")] = 1.0,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's own.")] = None,
) -> None:
    """A PBX that speaks AMI, with callers and phones. Its secret is read from CALLCENTER_AMI_SECRET."""
    simulate.pbx(scenario, port, username, seconds, speed, seed)


def main() -> None:
    """The console script."""
    try:
        app()
    except CliError as error:
        print(f"callcenter: {error}", file=sys.stderr)
        sys.exit(error.code)


if __name__ == "__main__":
    main()
