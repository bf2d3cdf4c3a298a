"""Operators at browsers, in a process of their own: each signs in, holds a WebSocket, and says that a card is
painted once it has it. A real browser paints besides, which takes it up to a frame (16 ms) more.

Standard input holds one line of JSON (address, logins, password); ends when standard input does."""

from __future__ import annotations

import asyncio
import json
import random
import sys

from callcenter.demo.operators import Habits, OperatorCounts, SimulatedOperator
from callcenter.tasks import TaskGroup

# Queues of the benchmark have no wrap-up, so there is nothing to dispose of.
_HABITS = Habits(dispositions=(), note="")


async def _main() -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    setup = json.loads(await lines.readline())
    operators = TaskGroup()
    try:
        for login in setup["logins"]:
            operator = SimulatedOperator(
                setup["base"], login, setup["password"], _HABITS, random.Random(login), OperatorCounts()
            )
            operators.start(f"operator {login}", operator.run())
        await lines.read()
    finally:
        await operators.close()


if __name__ == "__main__":
    asyncio.run(_main())
