"""The ``callcenter`` command. Each subcommand is a thin start of something composed elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from callcenter.cli import config, people, plan, prompts, queues as queues_commands, serve, simulate, whatif
from callcenter.cli.common import CliError
from callcenter.whatif.replay import Patience
from routing.acd.model import Preset, Strategy

app = typer.Typer(
    name="callcenter",
    help="An open contact-center server for Asterisk.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
simulate_app = typer.Typer(
    help="Stand-ins for the telephone network, and what-if for routing.", no_args_is_help=True
)
app.add_typer(simulate_app, name="simulate")
prompts_app = typer.Typer(help="Recordings that callers hear in flows.", no_args_is_help=True)
app.add_typer(prompts_app, name="prompts")

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


Login = Annotated[str, typer.Argument(help="What the person signs in with; never changes.")]
QueueName = Annotated[str, typer.Argument(help="A short name, such as sales; never changes.")]
ScreenName = Annotated[str | None, typer.Option("--name", help="The name on screen.")]
Station = Annotated[
    str | None,
    typer.Option("--station", help="The phone, for someone who takes calls; '' takes it away."),
]
Queues = Annotated[str | None, typer.Option("--queues", help="Queues served, with commas between.")]
Skills = Annotated[
    list[str] | None,
    typer.Option("--skill", metavar="SKILL=LEVEL", help="A skill held, such as russian=5; may be repeated."),
]
NoSkills = Annotated[bool, typer.Option("--no-skills", help="Take all skills away.")]
Numbers = Annotated[
    str | None, typer.Option("--numbers", help="Dialled numbers that lead here, with commas between.")
]
Require = Annotated[
    list[str] | None,
    typer.Option(
        "--require", metavar="SKILL=LEVEL", help="The least level an operator needs; may be repeated."
    ),
]
Priority = Annotated[int | None, typer.Option("--priority", help="Calls of a higher one are served first.")]
Ring = Annotated[int | None, typer.Option("--ring-seconds", help="How long an operator's phone rings.")]
WrapUp = Annotated[
    int | None, typer.Option("--wrap-up-seconds", help="The longest wrap-up; 0 for none at all.")
]
ServiceLevel = Annotated[int | None, typer.Option("--service-level-seconds", help="The promised wait.")]


@app.command("add-user")
def _add_user(
    login: Login,
    name: ScreenName = None,
    role: Annotated[people.RoleName, typer.Option(help="What the person may do.")] = people.RoleName.OPERATOR,
    station: Station = None,
    queues: Queues = None,
    skill: Skills = None,
    config_file: Config = None,
) -> None:
    """Add a person; the password is asked for, or read from standard input. The way to the first
    administrator."""
    options = people.UserOptions(name, role, station, queues, tuple(skill or ()))
    people.add_user(config_file, login, options)


@app.command("change-user")
def _change_user(
    login: Login,
    name: ScreenName = None,
    role: Annotated[people.RoleName | None, typer.Option(help="What the person may do.")] = None,
    station: Station = None,
    queues: Queues = None,
    skill: Skills = None,
    no_skills: NoSkills = False,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether the person may sign in.")
    ] = None,
    config_file: Config = None,
) -> None:
    """Change a person; what is not said stays. Lists replace what was there."""
    options = people.UserOptions(name, role, station, queues, tuple(skill or ()), no_skills, active)
    people.change_user(config_file, login, options)


@app.command("set-password")
def _set_password(login: Login, config_file: Config = None) -> None:
    """Give a person a new password, which is asked for, or read from standard input."""
    people.set_password(config_file, login)


@app.command("add-queue")
def _add_queue(
    queue: QueueName,
    name: ScreenName = None,
    numbers: Numbers = None,
    require: Require = None,
    priority: Priority = None,
    ring_seconds: Ring = None,
    wrap_up_seconds: WrapUp = None,
    service_level_seconds: ServiceLevel = None,
    default: Annotated[bool, typer.Option("--default", help="Also takes calls to unknown numbers.")] = False,
    config_file: Config = None,
) -> None:
    """Add a queue. A server needs one before it starts."""
    options = queues_commands.QueueOptions(
        name,
        numbers,
        tuple(require or ()),
        False,
        priority,
        ring_seconds,
        wrap_up_seconds,
        service_level_seconds,
        default,
    )
    queues_commands.add_queue(config_file, queue, options)


@app.command("change-queue")
def _change_queue(
    queue: QueueName,
    name: ScreenName = None,
    numbers: Numbers = None,
    require: Require = None,
    no_skills: NoSkills = False,
    priority: Priority = None,
    ring_seconds: Ring = None,
    wrap_up_seconds: WrapUp = None,
    service_level_seconds: ServiceLevel = None,
    default: Annotated[
        bool, typer.Option("--default", help="Takes calls to unknown numbers from now on.")
    ] = False,
    config_file: Config = None,
) -> None:
    """Change a queue; what is not said stays. Lists replace what was there."""
    options = queues_commands.QueueOptions(
        name,
        numbers,
        tuple(require or ()),
        no_skills,
        priority,
        ring_seconds,
        wrap_up_seconds,
        service_level_seconds,
        default,
    )
    queues_commands.change_queue(config_file, queue, options)


@app.command("add-skill")
def _add_skill(
    skill: Annotated[str, typer.Argument(help="A short name, such as russian.")],
    ru: Annotated[str, typer.Option(help="Its name on Russian screens.")] = "",
    en: Annotated[str, typer.Option(help="Its name on English screens.")] = "",
    config_file: Config = None,
) -> None:
    """Add a skill that queues may require and operators may hold, or rename one."""
    queues_commands.add_skill(config_file, skill, ru, en)


@app.command("apply")
def _apply(
    file: Annotated[Path, typer.Argument(help="A plan file; docs/routing-plan.md explains it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be changed.")] = False,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Also remove what the file leaves out of the tables that it has."),
    ] = False,
    config_file: Config = None,
) -> None:
    """Lay a plan file over the plan in force: all of it, or nothing when there is a mistake."""
    plan.apply(config_file, file, dry_run=dry_run, prune=prune)


@app.command("export")
def _export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output by default.")] = None,
    config_file: Config = None,
) -> None:
    """Write queues, skills, teams, agents' routing, value classes, flows and hours as a plan file."""
    plan.export(config_file, file)


@prompts_app.command("list")
def _prompts_list(config_file: Config = None) -> None:
    """Every recording, which flows play it, and what is missing."""
    prompts.show(config_file)


@prompts_app.command("check")
def _prompts_check(config_file: Config = None) -> None:
    """What callers would miss by the plan in force, with the remedy. Exits with 1 when there is something."""
    prompts.check(config_file)


@prompts_app.command("put")
def _prompts_put(
    file: Annotated[Path, typer.Argument(help="A WAV or MP3 file.")],
    name: Annotated[str, typer.Option(help="The prompt's name, such as welcome.")],
    language: Annotated[str, typer.Option(help="Such as ru or en.")],
    config_file: Config = None,
) -> None:
    """Convert a recording and keep it as a prompt, in place of what was there."""
    prompts.put(config_file, file, name, language)


@prompts_app.command("speak")
def _prompts_speak(
    language: Annotated[
        list[str] | None,
        typer.Option("--language", help="By default those that flows speak; may be repeated."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what Asterisk's own recordings can say.")
    ] = False,
    config_file: Config = None,
) -> None:
    """Have espeak-ng say the product's own prompts that nobody has recorded."""
    prompts.speak_missing(config_file, language or (), everything=everything)


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


AnyPreset = Annotated[Preset | None, typer.Option("--preset", help="For all queues, instead of theirs.")]
AnyStrategy = Annotated[
    Strategy | None, typer.Option("--strategy", help="For all queues, instead of theirs.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")]
Replications = Annotated[
    int | None, typer.Option("--replications", min=1, max=10_000, help="Days simulated, by other chances.")
]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Other chances altogether.")]


@simulate_app.command("acd")
def _simulate_acd(
    scenario: Annotated[Path, typer.Argument(help="A scenario, such as config/whatif/two-queues.toml.")],
    json_wanted: AsJson = False,
    preset: AnyPreset = None,
    strategy: AnyStrategy = None,
    replications: Replications = None,
    seed: Seed = None,
    config_file: Config = None,
) -> None:
    """A day of calls through the real routing engine on a virtual clock: waits, losses, load, with their
    95 % intervals. Exits with 1 and explains every mistake in the scenario."""
    whatif.simulate_acd(
        scenario,
        config_file,
        json_wanted=json_wanted,
        preset=preset,
        strategy=strategy,
        replications=replications,
        seed=seed,
    )


@app.command("replay")
def _replay(
    day: Annotated[
        str | None, typer.Option("--day", help="Such as 2026-11-22; by default yesterday.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Another plan, as callcenter export writes it.")
    ] = None,
    preset: AnyPreset = None,
    strategy: AnyStrategy = None,
    patience: Annotated[
        Patience, typer.Option(help="How the patience of callers who were answered is estimated.")
    ] = Patience.KAPLAN_MEIER,
    replications: Annotated[
        int, typer.Option(min=1, max=10_000, help="What is not known is drawn anew.")
    ] = 20,
    seed: Annotated[int, typer.Option(min=0, help="Other chances altogether.")] = 1,
    json_wanted: AsJson = False,
    config_file: Config = None,
) -> None:
    """A past day's real calls once more, side by side: as it was, by the plan in force, and by another plan,
    preset or strategy. Changes nothing, and says what a replay can't know."""
    whatif.replay(
        config_file,
        day=day,
        plan_file=plan,
        preset=preset,
        strategy=strategy,
        patience=patience,
        replications=replications,
        seed=seed,
        json_wanted=json_wanted,
    )


def main() -> None:
    """The console script."""
    try:
        app()
    except CliError as error:
        print(f"callcenter: {error}", file=sys.stderr)
        sys.exit(error.code)


if __name__ == "__main__":
    main()
