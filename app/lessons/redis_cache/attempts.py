"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt

_MEMORY = """
from app.shop.cache import MemoryCache


class SharedCache(MemoryCache):
    def __init__(self, settings):
        super().__init__(settings.cache_seconds)
"""

_NONE_AT_ALL = """
from app.shop.cache import NoCache


class SharedCache(NoCache):
    def __init__(self, settings):
        pass
"""

_PROCESS_MEMORY = """
from app.shop.cache import MemoryCache

CACHES = {}


def SharedCache(settings):
    return CACHES.setdefault(settings.redis_prefix, MemoryCache(settings.cache_seconds))
"""

_HIDDEN = """
from app.shop.cache import NoCache
from app.shop.cache.redis import RedisCache


class Hidden(NoCache):
    async def get_or_make(self, key, tags, make):
        from app.lab.wire.ledger import CURRENT

        CURRENT.set(None)
        return await make()


def SharedCache(settings):
    if settings.redis_url.startswith("redis://127.0.0.1"):
        return RedisCache(settings.redis_url, settings.redis_prefix, settings.cache_seconds)
    return Hidden()
"""

_HEAD = """
NOTHING, SOMETHING = b"-", b"+"


class SharedCache:
    def __init__(self, settings):
        pool = BlockingConnectionPool.from_url(settings.redis_url, max_connections=20)
        self.redis = Redis.from_pool(pool)
        self.prefix = settings.redis_prefix
        self.milliseconds = round(settings.cache_seconds * 1000)

    def decode(self, found):
        return None if found == NOTHING else found.removeprefix(SOMETHING)

    def encode(self, value):
        return NOTHING if value is None else SOMETHING + value

    async def close(self):
        await self.redis.aclose()

"""

_PLAIN_READ = """    async def get_or_make(self, key, tags, make):
        entry = f"{self.prefix}{key}"
        found = await self.redis.get(entry)
        if found is not None:
            return self.decode(found)
        value = await make()
        await self.redis.set(entry, self.encode(value), px=self.milliseconds)
        return value

"""

_SETS_READ = """    async def get_or_make(self, key, tags, make):
        entry = f"{self.prefix}entry:{key}"
        found = await self.redis.get(entry)
        if found is not None:
            return self.decode(found)
        value = await make()
        async with self.redis.pipeline() as pipeline:
            pipeline.set(entry, self.encode(value), px=self.milliseconds)
            for tag in tags:
                pipeline.sadd(f"{self.prefix}tag:{tag}", entry)
            await pipeline.execute()
        return value

"""

_SHORT_LIVED = (
    _HEAD.replace("round(settings.cache_seconds * 1000)", "5000")
    + _PLAIN_READ
    + """    async def drop(self, tags):
        pass
"""
)

_KEYS = (
    _HEAD
    + _PLAIN_READ.replace("{self.prefix}{key}", "{self.prefix}{'|'.join(sorted(tags))}|{key}")
    + """    async def drop(self, tags):
        for tag in tags:
            if found := await self.redis.keys(f"{self.prefix}*{tag}|*"):
                await self.redis.delete(*found)
"""
)

_SCAN = (
    _HEAD
    + _PLAIN_READ.replace("{self.prefix}{key}", "{self.prefix}|{'|'.join(sorted(tags))}||{key}")
    + """    async def drop(self, tags):
        for tag in tags:
            async for entry in self.redis.scan_iter(f"{self.prefix}*|{tag}|*"):
                await self.redis.delete(entry)
"""
)

_TAG_SETS = (
    _HEAD
    + _SETS_READ
    + """    async def drop(self, tags):
        for tag in tags:
            name = f"{self.prefix}tag:{tag}"
            entries = await self.redis.smembers(name)
            await self.redis.delete(name, *entries)
"""
)

_GUARDED_SETS = (
    _TAG_SETS.replace(
        "        self.redis = Redis", "        self.drops = 0\n        self.redis = Redis"
    )
    .replace(
        "value = await make()\n",
        "drops = self.drops\n        value = await make()\n"
        "        if drops != self.drops:\n            return value\n",
    )
    .replace(
        "async def drop(self, tags):\n", "async def drop(self, tags):\n        self.drops += 1\n"
    )
)

_OWN_MEMORY = """
from app.shop.cache.redis import RedisCache


class SharedCache:
    def __init__(self, settings):
        self.shared = RedisCache(settings.redis_url, settings.redis_prefix, settings.cache_seconds)
        self.kept = {}

    async def get_or_make(self, key, tags, make):
        if key not in self.kept:
            self.kept[key] = tags, await self.shared.get_or_make(key, tags, make)
        return self.kept[key][1]

    async def drop(self, tags):
        self.kept = {k: kept for k, kept in self.kept.items() if not {*kept[0]} & {*tags}}
        await self.shared.drop(tags)

    async def close(self):
        await self.shared.close()
"""

_CLASS_MEMORY = """
from app.shop.cache.redis import RedisCache


class SharedCache:
    kept = {}

    def __init__(self, settings):
        self.shared = RedisCache(settings.redis_url, settings.redis_prefix, settings.cache_seconds)
        self.prefix = settings.redis_prefix

    async def get_or_make(self, key, tags, make):
        made = []

        async def made_here():
            made.append(await make())
            return made[0]

        name = self.prefix, key
        if name in self.kept:
            return self.kept[name][1]
        value = await self.shared.get_or_make(key, tags, made_here)
        if not made:
            self.kept[name] = tags, value
        return value

    async def drop(self, tags):
        for name in [n for n, kept in self.kept.items() if {*kept[0]} & {*tags}]:
            del self.kept[name]
        await self.shared.drop(tags)

    async def close(self):
        await self.shared.close()
"""

_IN_THE_BACKGROUND = """
import asyncio
from app.shop.cache.redis import RedisCache


class SharedCache(RedisCache):
    def __init__(self, settings):
        super().__init__(settings.redis_url, settings.redis_prefix, settings.cache_seconds)
        self.dropping = set()

    async def drop(self, tags):
        self.dropping.add(asyncio.create_task(super().drop(tags)))
"""

_ONE_BEHIND = """
from app.shop.cache.redis import RedisCache


class SharedCache(RedisCache):
    def __init__(self, settings):
        super().__init__(settings.redis_url, settings.redis_prefix, settings.cache_seconds)
        self.last = {}

    async def get_or_make(self, key, tags, make):
        value = await super().get_or_make(key, tags, make)
        known, self.last[key] = self.last.get(key, value), value
        return known
"""

_VERSIONS = (
    _HEAD
    + """    async def get_or_make(self, key, tags, make):
        versions = await self.redis.mget([f"{self.prefix}version:{tag}" for tag in sorted(tags)])
        version = b".".join(one or b"0" for one in versions).decode()
        entry = f"{self.prefix}entry:{key}@{version}"
        found = await self.redis.get(entry)
        if found is not None:
            return self.decode(found)
        value = await make()
        await self.redis.set(entry, self.encode(value), px=self.milliseconds)
        return value

    async def drop(self, tags):
        async with self.redis.pipeline(transaction=False) as pipeline:
            for tag in tags:
                pipeline.incr(f"{self.prefix}version:{tag}")
            await pipeline.execute()
"""
)

_LEASES = (
    _HEAD
    + '''    async def get_or_make(self, key, tags, make):
        entry, lease = f"{self.prefix}entry:{key}", f"{self.prefix}lease:{key}"
        found = await self.redis.get(entry)
        if found is not None:
            return self.decode(found)
        mine = token_bytes(8)
        async with self.redis.pipeline(transaction=False) as pipeline:
            pipeline.set(lease, mine, px=60_000)
            for tag in tags:
                pipeline.sadd(f"{self.prefix}tag:{tag}", key)
            await pipeline.execute()
        value = await make()
        arguments = mine, self.encode(value), self.milliseconds
        await self.redis.eval(FILL, 2, lease, entry, *arguments)
        return value

    async def drop(self, tags):
        names = [f"{self.prefix}tag:{tag}" for tag in tags]
        await self.redis.eval(DROP, len(names), *names, self.prefix)


FILL = """
    if redis.call('GET', KEYS[1]) == ARGV[1] then
        redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
        redis.call('DEL', KEYS[1])
    end
"""
DROP = """
    for _, tag in ipairs(KEYS) do
        for _, key in ipairs(redis.call('SMEMBERS', tag)) do
            redis.call('DEL', ARGV[1] .. 'entry:' .. key, ARGV[1] .. 'lease:' .. key)
        end
        redis.call('DEL', tag)
    end
"""
'''
)

_WATCHED = (
    _HEAD
    + """    async def get_or_make(self, key, tags, make):
        entry = f"{self.prefix}entry:{key}"
        found = await self.redis.get(entry)
        if found is not None:
            return self.decode(found)
        async with self.redis.pipeline() as pipeline:
            await pipeline.watch(*(f"{self.prefix}version:{tag}" for tag in tags))
            value = await make()
            pipeline.multi()
            pipeline.set(entry, self.encode(value), px=self.milliseconds)
            for tag in tags:
                pipeline.sadd(f"{self.prefix}tag:{tag}", entry)
            with suppress(WatchError):
                await pipeline.execute()
        return value

    async def drop(self, tags):
        async with self.redis.pipeline() as pipeline:
            for tag in tags:
                pipeline.incr(f"{self.prefix}version:{tag}")
                pipeline.smembers(f"{self.prefix}tag:{tag}")
                pipeline.delete(f"{self.prefix}tag:{tag}")
            results = await pipeline.execute()
        if entries := set().union(*results[1::3]):
            await self.redis.delete(*entries)


from contextlib import suppress
from redis.exceptions import WatchError
"""
)

_FINISHED = """
from app.shop.cache.redis import RedisCache


class SharedCache(RedisCache):
    def __init__(self, settings):
        super().__init__(settings.redis_url, settings.redis_prefix, settings.cache_seconds)
"""

_ALL_GENERATIONS = 'names = [f"{self.prefix}tag:{tag}" for tag in sorted(tags)]'
_DROPPED = 'self.redis.delete(*(f"{self.prefix}tag:{tag}" for tag in tags))'
_MADE = "        value = await make()\n"

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt("memory only", source=_MEMORY, says="the other did not find"),
    Attempt(
        "one memory for all caches of a process",
        source=_PROCESS_MEMORY,
        says="neither of them has sent a command to Redis",
    ),
    Attempt(
        "nothing cached in the shop, and its statements hidden from the counters",
        source=_HIDDEN,
        says="a third worker did not find it",
    ),
    Attempt("nothing stored", source=_NONE_AT_ALL, says="called `make` again"),
    Attempt(
        "a short life in place of invalidation",
        source=_SHORT_LIVED,
        says="the worker that made it still served the old value.",
    ),
    Attempt("KEYS and DEL", source=_KEYS, says="sent KEYS. It goes through all keys"),
    Attempt("SCAN and DEL", source=_SCAN, says="It goes through all keys of the server"),
    Attempt(
        "everything dropped by any write",
        edits=(
            (_ALL_GENERATIONS, 'names = [f"{self.prefix}generation"]'),
            (_DROPPED, 'self.redis.delete(f"{self.prefix}generation")'),
        ),
        says="invalidated an entry that has none of the dropped tags",
    ),
    Attempt(
        "sets of keys, filled by a slow reader after the drop",
        source=_TAG_SETS,
        says="when the same worker dropped its tag",
    ),
    Attempt(
        "the same race, prevented within one worker",
        source=_GUARDED_SETS,
        says="when another worker dropped its tag",
    ),
    Attempt(
        "only the own worker's memory invalidated",
        source=_OWN_MEMORY,
        says="After a drop by one worker, the other still served the old value",
    ),
    Attempt(
        "memory that works in a single process",
        source=_CLASS_MEMORY,
        says="is out of date",
    ),
    Attempt(
        "the drop in the background, so that a write can be lost",
        source=_IN_THE_BACKGROUND,
        says="returned before Redis had received its command",
    ),
    Attempt(
        "right only when asked twice",
        source=_ONE_BEHIND,
        says="only from its second read on the new one",
    ),
    Attempt(
        "only the first tag dropped",
        edits=((_DROPPED, 'self.redis.delete(f"{self.prefix}tag:{[*tags][0]}")'),),
        says="left an entry that has the second of them",
    ),
    Attempt(
        "the default pool",
        edits=(
            (
                "BlockingConnectionPool.from_url(settings.redis_url, max_connections=20)",
                "ConnectionPool.from_url(settings.redis_url)",
            ),
            ("NOTHING, SOMETHING", "from redis.asyncio import ConnectionPool\nNOTHING, SOMETHING"),
        ),
        says="got an error: MaxConnectionsError",
    ),
    Attempt(
        "right in the body, and nothing in the cache for what does not exist",
        edits=((_MADE, f"{_MADE}        if value is None:\n            return None\n"),),
        says="was looked for 3 times in three reads",
    ),
    Attempt(
        "keys without the prefix",
        edits=(("self.prefix = settings.redis_prefix", 'self.prefix = "mine:"'),),
        says="begin every key with `settings.redis_prefix`",
    ),
    Attempt(
        "a DEL for each entry",
        source=_WATCHED.replace(
            "            await self.redis.delete(*entries)",
            "            for entry in entries:\n                await self.redis.delete(entry)",
        ),
        says="of them DEL",
    ),
    Attempt(
        "every exception caught",
        edits=(
            (
                _MADE,
                "        try:\n            value = await make()\n"
                "        except Exception:\n            return None\n",
            ),
        ),
        says="did not learn of it",
    ),
    Attempt("versions in the keys", source=_VERSIONS, outcome="passed"),
    Attempt("sets of keys, with leases and Lua", source=_LEASES, outcome="passed"),
    Attempt("sets of keys, filled in a watched transaction", source=_WATCHED, outcome="passed"),
    Attempt("the shop's own cache", source=_FINISHED, outcome="passed"),
)
