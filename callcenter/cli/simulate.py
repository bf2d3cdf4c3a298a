"""The simulated PBX by itself."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from callcenter.cli.common import CliError
from callcenter.errors import ConfigError
from callcenter.simulator import PbxOptions, serve_pbx


def pbx(
    scenario: Path, port: int, username: str, seconds: float | None, speed: float, seed: int | None
) -> None:
    secret = os.environ.get("CALLCENTER_AMI_SECRET", "")
    if not secret:
        raise CliError("set CALLCENTER_AMI_SECRET to the manager's password")
    options = PbxOptions(scenario, username, secret, port=port, seconds=seconds, speed=speed, seed=seed)
    try:
        summary = asyncio.run(
            serve_pbx(options, on_ready=lambda server: print(f"AMI on {server.host}:{server.port}"))
        )
    except KeyboardInterrupt:
        return
    except (ConfigError, OSError) as error:
        raise CliError(str(error)) from error
    print(
        f"seed {summary.seed}: {summary.calls} calls, {summary.answered} answered, {summary.lost} lost, "
        f"{summary.fallbacks} fallbacks, {summary.turned_away} turned away"
    )
