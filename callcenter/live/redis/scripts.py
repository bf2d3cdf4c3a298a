"""Lua scripts: each one is a step that must be atomic on the server.

They touch only the keys they are given, which share one hash tag, so that a cluster takes them too. A lease
is the text ``<term>:<node>:<nonce>``; the whole of it is compared, so that even a reused term would not
match.
"""

from __future__ import annotations

HELD = 0
TAKEN = 1
HEALED = 2
QUARANTINED = 3

# KEYS lease, term. ARGV node and nonce, TTL in ms, lowest term allowed.
# Replies {HELD, ms left}, {TAKEN, term}, {HEALED, ms left}, {QUARANTINED, ms left}.
#
# A lease without an end is not ours: nobody would ever get past it, so it is given one (HEALED).
# A missing term where terms were given before means that the server lost its data, and with it the lease of
# a holder who may still be routing. It has given up after one time to live: until then nobody is let in.
TAKE = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 then return {0, left} end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return {2, tonumber(ARGV[2])}
end
local lowest = tonumber(ARGV[3])
if lowest > 1 and redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('SET', KEYS[2], lowest - 1)
  redis.call('SET', KEYS[1], 'quarantine', 'PX', ARGV[2])
  return {3, tonumber(ARGV[2])}
end
local term = redis.call('INCR', KEYS[2])
if term < lowest then
  term = lowest
  redis.call('SET', KEYS[2], ARGV[3])
end
redis.call('SET', KEYS[1], string.format('%d:%s', term, ARGV[1]), 'PX', ARGV[2])
return {1, term}
"""

# KEYS lease. ARGV lease text, TTL in ms. Replies {1, server's time in ms} or {0, who holds it}.
RENEW = """
local holder = redis.call('GET', KEYS[1])
if holder ~= ARGV[1] then return {0, holder or ''} end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local now = redis.call('TIME')
return {1, now[1] * 1000 + math.floor(now[2] / 1000)}
"""

# KEYS lease. ARGV lease text. Replies 1 when it was ours and is free now.
RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""

PUBLISHED = 1
FENCED = -1
DISAGREES = -2

# KEYS lease, head, picture, stream. ARGV lease text, epoch, first number, 1 to start an empty picture,
# length of the stream, then for each update its key, 1 to keep or 0 to remove, and its encoded form.
# Replies PUBLISHED, FENCED (the lease isn't ours) or DISAGREES (what is there isn't what we published). A
# batch that arrives twice, because the first reply was lost, is published once.
PUBLISH = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local first = tonumber(ARGV[3])
local last = first - 1 + (#ARGV - 5) / 3
local head = redis.pcall('HMGET', KEYS[2], 'epoch', 'seq')
local ours = not head.err and head[1] == ARGV[2]
if ours and last >= first and tonumber(head[2]) == last then return 1 end
if ARGV[4] == '1' then
  redis.call('DEL', KEYS[2], KEYS[3])
  local kind = redis.call('TYPE', KEYS[4]).ok
  if kind ~= 'stream' and kind ~= 'none' then redis.call('DEL', KEYS[4]) end
elseif not ours or tonumber(head[2]) ~= first - 1 then
  return -2
end
local encoded = {}
for i = 6, #ARGV, 3 do
  if ARGV[i + 1] == '1' then
    redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 2])
  else
    redis.call('HDEL', KEYS[3], ARGV[i])
  end
  encoded[#encoded + 1] = ARGV[i + 2]
end
redis.call('HSET', KEYS[2], 'epoch', ARGV[2], 'seq', last)
redis.call('XADD', KEYS[4], 'MAXLEN', ARGV[5], '*', 'epoch', ARGV[2], 'first', first,
  'updates', '[' .. table.concat(encoded, ',') .. ']')
return 1
"""

# KEYS head, picture, stream. Replies {epoch, seq, id of the stream's last entry, {key, encoded, ...}}, an
# empty epoch when there is no picture.
LOAD = """
local head = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
local id = '0-0'
if last[1] then id = last[1][1] end
return {head[1] or '', head[2] or '0', id, redis.call('HGETALL', KEYS[2])}
"""

QUEUED = 1
ELSEWHERE = 0
FULL = -1

# KEYS lease, requests of its holder. ARGV lease text, encoded request, most requests to queue, seconds that
# the queue is kept. Replies {QUEUED}, {ELSEWHERE, who holds the lease} or {FULL}. The request is stamped
# with the server's time in ms, the one clock that all nodes can compare with.
ASK = """
local holder = redis.call('GET', KEYS[1])
if holder ~= ARGV[1] then return {0, holder or ''} end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[3]) then return {-1} end
local now = redis.call('TIME')
local stamp = string.format('%d', now[1] * 1000 + math.floor(now[2] / 1000))
redis.call('RPUSH', KEYS[2], stamp .. ' ' .. ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return {1}
"""
