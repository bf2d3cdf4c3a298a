"""The site over a Redis-protocol server. This package is the only importer of the redis client.

Rooms: ``link`` (connections, keys, retries), ``scripts`` (what must happen atomically), ``lease``,
``publisher`` and ``reader`` (the picture, out and in), ``requests`` (ask and answer), ``site`` (all
together).
"""

from callcenter.live.redis.link import RedisOptions
from callcenter.live.redis.site import RedisSite

__all__ = ["RedisOptions", "RedisSite"]
