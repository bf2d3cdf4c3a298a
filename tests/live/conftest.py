"""Both implementations of ``Site`` behind one harness, several nodes each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.live.harness import Harness, LocalHarness, RedisHarness
from tests.support.redis_server import RedisServer


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    """The test runs once on the in-process bus and once on a real Redis-protocol server."""
    if request.param == "local":
        harness: Harness = LocalHarness()
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        harness = RedisHarness(server, request.getfixturevalue("redis_prefix"))
    yield harness
    await harness.close()


@pytest.fixture
async def redis_nodes(redis_server: RedisServer, redis_prefix: str) -> AsyncIterator[RedisHarness]:
    """Nodes on the shared server."""
    harness = RedisHarness(redis_server, redis_prefix)
    yield harness
    await harness.close()


@pytest.fixture
async def lone_nodes(lone_redis_server: RedisServer, redis_prefix: str) -> AsyncIterator[RedisHarness]:
    """Nodes on a server that the test may stop."""
    harness = RedisHarness(lone_redis_server, redis_prefix)
    yield harness
    await harness.close()
