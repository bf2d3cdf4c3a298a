"""Agents who hold a WebSocket and say that a card is painted once they have it, in a process of their own. A
real browser paints besides, which takes up to two of its frames more.

Standard input holds one line of JSON (address, logins), then empty lines, each answered by one line of JSON:
when each offer's card was acknowledged, ``time.monotonic()`` by offer. Ends when standard input does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys

from tests.support.server import ApiClient, Screen


async def _main() -> None:
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    setup = json.loads(await lines.readline())
    async with contextlib.AsyncExitStack() as stack:
        screens: list[Screen] = []
        for login in setup["logins"]:
            client = await stack.enter_async_context(ApiClient(setup["base"], login))
            screens.append(await stack.enter_async_context(client.screen()))
        print(flush=True)
        while await lines.readline():
            print(json.dumps({offer: at for one in screens for offer, at in one.painted}), flush=True)


if __name__ == "__main__":
    asyncio.run(_main())
