"""From the journal to the database: nothing lost, nothing twice, whatever goes away in between."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from callcenter.calls import facts as f
from callcenter.calls.ledger import LedgerEntry
from callcenter.clock import SystemClock
from callcenter.history.documents import Document
from callcenter.history.models import CallRow, LedgerRow
from callcenter.history.recorder import HistoryRecorder
from callcenter.history.rows import LEDGER_INSERT
from callcenter.history.store import FactStore
from callcenter.history.terms import next_term
from callcenter.storage.database import Database
from callcenter.storage.errors import DatabaseUnavailableError
from callcenter.storage.schema import migrate
from routing.ids import CallId, LegId
from tests.history.stories import MAIN, START, answered_call, entries, many_calls
from tests.history.test_store import rows_of
from tests.support.databases import PostgresServer

FACTS_A_CALL = len(answered_call(0))


async def _places(database: Database) -> list[tuple[int, int]]:
    async with database.read() as connection:
        found = await connection.execute(
            select(LedgerRow.term, LedgerRow.number).order_by(LedgerRow.term, LedgerRow.number)
        )
        return [(term, number) for term, number in found]


async def _calls(database: Database) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(CallRow)) or 0)


async def _until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until ``condition`` says yes."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def recorder(database: Database, tmp_path: Path) -> AsyncIterator[HistoryRecorder]:
    made = HistoryRecorder(database, tmp_path / "journal", SystemClock())
    made.start()
    yield made
    await made.stop()


async def test_facts_reach_the_database_by_themselves(recorder: HistoryRecorder, database: Database) -> None:
    told = many_calls(100)
    for n in range(0, len(told), 7):
        recorder.ledger.append(told[n : n + 7])
        if n % 35 == 0:
            await asyncio.sleep(0)
    await _until(lambda: recorder.status().backlog == 0)
    assert await _places(database) == [(1, n + 1) for n in range(len(told))]
    assert await _calls(database) == 100
    status = recorder.status()
    assert (status.written, status.lag, status.away_since) == (len(told), 0.0, None)
    assert (status.held, status.refused, status.damaged, status.lost) == (0, 0, 0, 0)


async def test_stopping_writes_what_is_there(database: Database, tmp_path: Path) -> None:
    recorder = HistoryRecorder(database, tmp_path, SystemClock())
    recorder.start()
    recorder.ledger.append(many_calls(3))
    recorder.ledger.append([])
    await recorder.stop()
    assert await _calls(database) == 3


async def test_a_database_that_is_away_stops_nothing_and_gets_everything_later(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    database = Database(postgres_url)
    recorder = HistoryRecorder(database, tmp_path, SystemClock())
    recorder.start()
    try:
        told = many_calls(300)
        third = len(told) // 3
        recorder.ledger.append(told[:third])
        await _until(lambda: recorder.status().written > 0)
        postgres_server.stop()
        try:
            for n in range(third, 2 * third):
                recorder.ledger.append(told[n : n + 1])
            await _until(lambda: recorder.status().away_since is not None)
            assert not await recorder.drain(0.5)
            for n in range(2 * third, len(told)):
                recorder.ledger.append(told[n : n + 1])
            status = recorder.status()
            assert status.backlog >= len(told) - third
            assert status.lag > 0
        finally:
            postgres_server.start()
        await _until(lambda: recorder.status().backlog == 0)
        assert recorder.status().away_since is None
        assert await _places(database) == [(1, n + 1) for n in range(len(told))]
        assert await _calls(database) == 300
        assert recorder.status().written == len(told)
    finally:
        await recorder.stop()
        await database.close()


async def test_what_was_left_is_written_after_a_restart(database: Database, tmp_path: Path) -> None:
    away = Database("postgresql://nobody@127.0.0.1:9/none")
    recorder = HistoryRecorder(away, tmp_path, SystemClock())
    recorder.start()
    told = many_calls(50)
    recorder.ledger.append(told)
    await recorder.stop(timeout=0.3)
    await away.close()
    again = HistoryRecorder(database, tmp_path, SystemClock())
    assert again.status().backlog == len(told)
    assert await again.drain(20.0)
    assert await _places(database) == [(1, n + 1) for n in range(len(told))]
    await again.stop()


async def test_a_death_between_commit_and_checkpoint_repeats_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = many_calls(5)
    recorder = HistoryRecorder(database, tmp_path, SystemClock())
    recorder.ledger.append(told)
    write = FactStore.write

    async def dies(self: FactStore, documents: Sequence[Document]) -> int:
        await write(self, documents)
        raise DatabaseUnavailableError("the answer to COMMIT was lost")

    monkeypatch.setattr(FactStore, "write", dies)
    assert not await recorder.drain(0.3)
    assert recorder.status().backlog == len(told)
    monkeypatch.undo()
    assert await recorder.drain(20.0)
    assert await _places(database) == [(1, n + 1) for n in range(len(told))]
    assert {row["talked"] for row in await rows_of(database, CallRow)} == {60.0}
    await recorder.stop()


async def test_one_fact_the_database_refuses_does_not_keep_back_the_others(
    recorder: HistoryRecorder, database: Database
) -> None:
    told = list(many_calls(2))
    huge = f.LegEnded(START, CallId("main:0.1"), LegId("main:0.1"), 2**80)
    told.insert(5, LedgerEntry(3, 1, huge))
    nowhen = f.LinkLost(1e30, MAIN, "clock gone mad")
    told.insert(9, LedgerEntry(3, 2, nowhen))
    recorder.ledger.append(told)
    await _until(lambda: recorder.status().backlog == 0)
    places = await _places(database)
    # the leg's row can't hold the cause, but the ledger can; the moment fits nowhere
    assert (3, 1) in places
    assert (3, 2) not in places
    assert len(places) == 2 * FACTS_A_CALL + 1
    assert await _calls(database) == 2
    assert recorder.status().refused == 1


async def test_a_schema_that_is_not_there_yet_is_waited_for(empty_database_url: str, tmp_path: Path) -> None:
    database = Database(empty_database_url)
    recorder = HistoryRecorder(database, tmp_path, SystemClock())
    recorder.start()
    told = many_calls(2)
    recorder.ledger.append(told)
    await _until(lambda: recorder.status().away_since is not None)
    await migrate(database)
    await _until(lambda: recorder.status().backlog == 0)
    assert await _calls(database) == 2
    assert recorder.status().refused == 0
    await recorder.stop()
    await database.close()


async def test_damaged_lines_are_counted_and_the_rest_written(database: Database, tmp_path: Path) -> None:
    away = HistoryRecorder(Database("postgresql://nobody@127.0.0.1:9/none"), tmp_path, SystemClock())
    away.ledger.append(many_calls(1))
    await away.stop(timeout=0)
    (segment,) = tmp_path.glob("*.journal")
    lines = segment.read_bytes().splitlines(keepends=True)
    lines[3] = b"\xff\xfe" + lines[3]
    segment.write_bytes(b"".join(lines))
    recorder = HistoryRecorder(database, tmp_path, SystemClock())
    assert await recorder.drain(20.0)
    assert len(await _places(database)) == FACTS_A_CALL - 1
    assert recorder.status().damaged == 1
    await recorder.stop()


async def test_a_fact_that_is_no_json_is_left_out_and_said(
    recorder: HistoryRecorder, database: Database
) -> None:
    broken = f.LinkLost(START, object(), "x")  # type: ignore[arg-type]
    recorder.ledger.append([*entries([broken], term=9), *many_calls(1)])
    await _until(lambda: recorder.status().backlog == 0)
    assert recorder.ledger.unwritable + recorder.status().refused <= 1
    assert await _calls(database) == 1


_CHILD = """
import asyncio, sys
from pathlib import Path
from callcenter.clock import SystemClock
from callcenter.history.recorder import HistoryRecorder
from callcenter.storage.database import Database
from tests.history.stories import many_calls

async def main():
    database = Database(sys.argv[1])
    recorder = HistoryRecorder(database, Path(sys.argv[2]), SystemClock())
    recorder.start()
    told = many_calls(2000)
    for n in range(0, len(told), 3):
        recorder.ledger.append(told[n:n + 3])
        print(min(n + 3, len(told)), flush=True)
        await asyncio.sleep(0)

asyncio.run(main())
"""


async def test_killed_while_writing_everything_is_there_once(database_url: str, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, database_url, str(tmp_path / "journal")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    stdout = child.stdout
    assert stdout is not None
    acknowledged = 0
    while acknowledged < 5000:
        acknowledged = int(await asyncio.to_thread(stdout.readline))
    child.kill()
    child.wait()
    rest = stdout.read().splitlines(keepends=True)
    acknowledged = max([acknowledged, *(int(line) for line in rest if line.endswith("\n"))])
    stdout.close()
    database = Database(database_url)
    recorder = HistoryRecorder(database, tmp_path / "journal", SystemClock())
    assert await recorder.drain(60.0)
    places = await _places(database)
    assert len(places) >= acknowledged
    assert places == [(1, n + 1) for n in range(len(places))]
    await recorder.stop()
    await database.close()


async def test_terms_grow_over_restarts_nodes_and_the_ledger(database: Database) -> None:
    assert await next_term(database) == 1
    assert sorted(await asyncio.gather(*(next_term(database) for _ in range(10)))) == list(range(2, 12))
    async with database.write() as connection:
        await connection.execute(
            text("UPDATE counters SET value = 3 WHERE name = 'term'")
        )  # as a restored backup would
    await FactStore(database).write([])
    assert await next_term(database, above=40) == 41
    async with database.write() as connection:
        await connection.execute(text("DELETE FROM counters"))
        await connection.execute(
            LEDGER_INSERT,
            [{"term": 77, "number": 1, "at": START, "type": "x", "call": None, "agent": None, "payload": {}}],
        )
    assert await next_term(database) == 78
