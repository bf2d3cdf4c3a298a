"""A site made by the documented commands, served for real: what is changed beside the server reaches it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.ports import free_tcp_port
from tests.support.server import ServerProcess

PASSWORD = "correct horse battery"
CSRF = {"X-Requested-With": "callcenter"}


class Site:
    """The command line and the server over one SQLite file. No Asterisk is there, and none is needed."""

    def __init__(self, folder: Path) -> None:
        settings = {
            "CALLCENTER_DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
            "CALLCENTER_AMI_SECRET": "nobody-listens-there",
            "CALLCENTER_TELEPHONY_MAIN_HOST": "127.0.0.1",
            "CALLCENTER_TELEPHONY_MAIN_PORT": str(free_tcp_port()),
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith("CALLCENTER_")}
        self.environ = {**others, **settings}
        self.server = ServerProcess(folder, settings)

    async def command(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "callcenter.cli.main", *words,
            env=self.environ,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        out, _ = await process.communicate(f"{PASSWORD}\n".encode())
        assert process.returncode == 0, out.decode()
        return out.decode()


async def test_a_change_beside_the_server_reaches_it(tmp_path: Path) -> None:
    site = Site(tmp_path)
    await site.command("add-queue", "sales", "--numbers", "74951230001", "--default")
    await site.command("add-user", "chief", "--role", "administrator")
    await site.server.start(routing=False)
    cookies = aiohttp.CookieJar(unsafe=True)
    try:
        async with aiohttp.ClientSession(site.server.base, headers=CSRF, cookie_jar=cookies) as http:

            async def api(method: str, path: str, body: Any = None) -> Any:
                async with http.request(method, f"/api/v1{path}", json=body) as answer:
                    assert answer.status in (200, 201), (path, await answer.text())
                    return await answer.json()

            async def queues_become(*wanted: str) -> list[Any]:
                async with asyncio.timeout(10):
                    while True:
                        items: list[Any] = (await api("GET", "/queues"))["items"]
                        if tuple(queue["id"] for queue in items) == wanted:
                            return items
                        await asyncio.sleep(0.1)

            await api("POST", "/session", {"login": "chief", "password": PASSWORD})
            shown = await api("GET", "/site")
            assert len(shown["pause_reasons"]) >= 5  # somebody can pause
            assert len(shown["dispositions"]) >= 6  # and close a wrap-up
            await site.command("add-skill", "tech")
            await site.command("add-queue", "support", "--require", "tech=2", "--ring-seconds", "9")
            items = await queues_become("sales", "support")
            assert items[1]["ring_seconds"] == 9
            assert items[1]["required"] == [{"skill": "tech", "level": 2}]
            made = await api("POST", "/queues", {"id": "vip", "name": "VIP", "priority": 10})
            assert made["priority"] == 10
            shown = await api("GET", "/site")  # at once on this node
            assert [queue["id"] for queue in shown["queues"]] == ["sales", "support", "vip"]
    finally:
        await site.server.stop()


async def test_without_a_queue_the_server_says_what_to_do(tmp_path: Path) -> None:
    site = Site(tmp_path)
    await site.command("migrate")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callcenter.cli.main", "serve",
        env={**site.environ, "CALLCENTER_HISTORY_JOURNAL_DIR": str(tmp_path / "journal")},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        _, err = await process.communicate()
    assert process.returncode == 1
    assert "callcenter add-queue NAME --default" in err.decode().splitlines()[-1]
