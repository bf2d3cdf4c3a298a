"""Tries to sign in, counted for the site, and by one process where nothing is shared."""

from __future__ import annotations

import pytest

from callcenter.errors import ConfigError
from callcenter.web.sign_in_limits import SignInLimits
from tests.support.redis_server import RedisServer

PAIR, ADDRESS = "3 per 5 minutes", "5 per 5 minutes"
MEMORY = "async+memory://"


async def tries(limits: SignInLimits, login: str, address: str = "192.0.2.1") -> int:
    """How many tries are let through until one is not, ten at most."""
    for count in range(10):
        if not await limits.may_try(login, address):
            return count
    return 10


async def test_a_login_may_be_tried_so_often_and_again_after_it_succeeded() -> None:
    limits = SignInLimits(PAIR, ADDRESS, MEMORY)
    assert await tries(limits, "anna") == 3
    assert await tries(limits, "boris") == 3
    await limits.succeeded("anna", "192.0.2.1")
    assert await tries(limits, "anna") == 3


async def test_failures_of_an_address_count_for_all_logins() -> None:
    limits = SignInLimits(PAIR, ADDRESS, MEMORY)
    for _ in range(5):
        await limits.failed("192.0.2.1")
    assert await tries(limits, "anna") == 0
    assert await tries(limits, "anna", "192.0.2.2") == 3


@pytest.mark.redis
async def test_two_nodes_count_together(redis_server: RedisServer) -> None:
    one, two = (SignInLimits(PAIR, ADDRESS, f"async+{redis_server.url}") for _ in range(2))
    assert await one.may_try("vera", "192.0.2.9")
    assert await tries(two, "vera", "192.0.2.9") == 2
    assert await tries(one, "vera", "192.0.2.9") == 0
    await two.succeeded("vera", "192.0.2.9")
    assert await one.may_try("vera", "192.0.2.9")
    await one.close()
    await two.close()


@pytest.mark.redis
async def test_each_node_counts_for_itself_while_nothing_is_shared(lone_redis_server: RedisServer) -> None:
    limits = SignInLimits(PAIR, ADDRESS, f"async+{lone_redis_server.url}")
    assert await limits.may_try("vera", "192.0.2.9")
    lone_redis_server.stop()
    assert await tries(limits, "vera", "192.0.2.9") == 3
    await limits.failed("192.0.2.9")
    await limits.succeeded("vera", "192.0.2.9")
    lone_redis_server.start()
    assert await tries(limits, "vera", "192.0.2.9") == 3
    await limits.close()


def test_a_limit_that_is_none_is_named() -> None:
    with pytest.raises(ConfigError, match=r"web\.sign_in_limit"):
        SignInLimits("often", ADDRESS, MEMORY)
