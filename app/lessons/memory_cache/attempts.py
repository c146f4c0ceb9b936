"""Answers the check must refuse, each with the message it must give, and answers it must accept."""

from app.course.exercise import Attempt
from app.lessons.memory_cache.valid import (
    FINISHED,
    FUTURES,
    LOCKS,
    ONE_COUNT,
    TWO_HALVES,
)

_HIT = "if entry and entry.drops == drops:"
_RETURN = "return await asyncio.shield(self.loading[place])"
_STORE = "self.entries[key] = Entry(value, drops, size)"
_SIZE = 'size = len(key) + len(value or b"")'
_COUNT = "self.drops.update(tags)"
_PLACE = "place = key, drops"

_CAREFREE_ACCOUNTING = '''
import time


class MyCache:
    """It counts what it stores, and forgets to count what it drops."""

    def __init__(self, settings):
        self.seconds = settings.cache_seconds
        self.entries = OrderedDict()
        self.loading = {}
        self.drops = Counter()
        self.bytes = 0

    async def get_or_make(self, key, tags, make):
        drops = tuple(self.drops[tag] for tag in sorted(tags))
        entry = self.entries.get(key)
        if entry and entry[1] == drops and time.monotonic() < entry[2]:
            self.entries.move_to_end(key)
            return entry[0]
        place = key, drops
        if place not in self.loading:
            task = self.loading[place] = asyncio.create_task(self.load(key, drops, make))
            task.add_done_callback(lambda _: self.loading.pop(place))
        return await asyncio.shield(self.loading[place])

    async def load(self, key, drops, make):
        value = await make()
        size = len(key) + len(value or b"")
        if size <= MAX_BYTES:
            self.entries[key] = value, drops, time.monotonic() + self.seconds
            self.bytes += size
            while self.bytes > MAX_BYTES and len(self.entries) > 1:
                key, (value, *_) = self.entries.popitem(last=False)
                self.bytes -= len(key) + len(value or b"")
        return value

    async def drop(self, tags):
        self.drops.update(tags)

    async def close(self):
        self.entries.clear()
'''

_OWN_FUTURE = """
class MyCache:
    def __init__(self, settings):
        self.entries = TTLCache(1_000, settings.cache_seconds)
        self.waiting = {}

    async def get_or_make(self, key, tags, make):
        if key in self.entries:
            return self.entries[key][0]
        if key in self.waiting:
            return await asyncio.shield(self.waiting[key])
        self.waiting[key] = asyncio.get_running_loop().create_future()
        try:
            value = await make()
        except Exception as error:
            self.waiting.pop(key).set_exception(error)
            raise
        self.waiting.pop(key).set_result(value)
        self.entries[key] = value, tags
        return value

    async def drop(self, tags):
        for key, (_, own) in list(self.entries.items()):
            if not set(tags).isdisjoint(own):
                del self.entries[key]

    async def close(self):
        self.entries.clear()
"""

_ONE_LOCK = """
from app.shop.cache import MemoryCache


class MyCache(MemoryCache):
    def __init__(self, settings):
        super().__init__(settings.cache_seconds, max_bytes=MAX_BYTES)
        self.lock = asyncio.Lock()

    async def get_or_make(self, key, tags, make):
        async with self.lock:
            return await super().get_or_make(key, tags, make)
"""

_SECOND_TIME = """
from app.shop.cache import MemoryCache


class MyCache(MemoryCache):
    def __init__(self, settings):
        super().__init__(settings.cache_seconds, max_bytes=MAX_BYTES)
        self.asked = {}

    async def get_or_make(self, key, tags, make):
        if key not in self.asked:
            self.asked[key] = asyncio.create_task(super().get_or_make(key, tags, make))
            return b"{}"
        return await super().get_or_make(key, tags, make)
"""

_LATER = """
from app.shop.cache import MemoryCache


class MyCache(MemoryCache):
    def __init__(self, settings):
        super().__init__(settings.cache_seconds, max_bytes=MAX_BYTES)
        self.dropping = set()

    async def drop(self, tags):
        task = asyncio.create_task(super().drop(tags))
        self.dropping.add(task)
        task.add_done_callback(self.dropping.discard)
"""

_IN_THE_CLASS = """
from app.shop.cache import MemoryCache


class MyCache:
    inner = MemoryCache(60.0, max_bytes=MAX_BYTES)

    def __init__(self, settings):
        pass

    async def get_or_make(self, key, tags, make):
        return await self.inner.get_or_make(key, tags, make)

    async def drop(self, tags):
        await self.inner.drop(tags)

    async def close(self):
        pass
"""

_EVERYTHING_CAUGHT = """
from app.shop.cache import MemoryCache


class MyCache(MemoryCache):
    def __init__(self, settings):
        super().__init__(settings.cache_seconds, max_bytes=MAX_BYTES)

    async def get_or_make(self, key, tags, make):
        async def careful():
            try:
                return await make()
            except Exception:
                return None

        return await super().get_or_make(key, tags, careful)
"""

_SINGLE_FLIGHT_ALONE = """
class MyCache:
    def __init__(self, settings):
        self.loading = {}

    async def get_or_make(self, key, tags, make):
        if key not in self.loading:
            task = self.loading[key] = asyncio.create_task(make())
            task.add_done_callback(lambda _: self.loading.pop(key))
        return await asyncio.shield(self.loading[key])

    async def drop(self, tags):
        pass

    async def close(self):
        pass
"""

ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(
        "calls shared, nothing kept",
        source=_SINGLE_FLIGHT_ALONE,
        says="GET /api/products/1 took 1 SQL statement; expected 0",
    ),
    Attempt(
        "`None` never kept",
        edits=((_HIT, "if entry and entry.drops == drops and entry.value is not None:"),),
        says="Keep that too",
    ),
    Attempt(
        "an empty answer never kept",
        edits=((_HIT, 'if entry and entry.drops == drops and entry.value != b"":'),),
        says="an empty answer, `b''`",
    ),
    Attempt(
        "right the second time", source=_SECOND_TIME, says="GET /api/products/1: the response lacks"
    ),
    Attempt(
        "stored under the key of another call",
        edits=(
            ("value = await make()", "self.key = key\n        value = await make()"),
            (_STORE, "self.entries[self.key] = Entry(value, drops, size)"),
        ),
        says="What do concurrent calls share?",
    ),
    Attempt(
        "nothing dropped",
        edits=((_COUNT, "pass"),),
        says="GET /api/products/1 is out of date",
    ),
    Attempt(
        "a tag taken for a key",
        edits=((_COUNT, "for tag in tags:\n            self.entries.pop(tag, None)"),),
        says="GET /api/products?limit=7 is out of date",
    ),
    Attempt(
        "dropped in the background",
        source=_LATER,
        says="an entry with the tag `product:1` was still served",
    ),
    Attempt(
        "no entry kept after a write",
        edits=((_HIT, f"{_HIT[:-1]} and not sum(drops):"),),
        says="is computed once and then kept again",
    ),
    Attempt(
        "everything dropped",
        edits=((_COUNT, "self.entries.clear()"),),
        says="entries that have neither tag",
    ),
    Attempt(
        "a query for each of 40 clients",
        edits=(
            ("if place not in self.loading:", "if False:"),
            (_RETURN, "return await self.load(key, drops, make)"),
        ),
        says="40 clients asked at once for a product that was not cached: 40 SQL statements",
    ),
    Attempt("one lock for all keys", source=_ONE_LOCK, says="Is there one lock for all keys?"),
    Attempt(
        "exceptions kept",
        edits=(("task.add_done_callback(lambda _: self.loading.pop(place))", "pass"),),
        says="An exception must not be kept",
    ),
    Attempt(
        "exceptions caught",
        source=_EVERYTHING_CAUGHT,
        says="of them raised it, the others got None",
    ),
    Attempt(
        "the task not shielded",
        edits=((_RETURN, "return await self.loading[place]"),),
        says="0 of the other 4 got an answer, the rest raise CancelledError",
    ),
    Attempt(
        "the first caller computes for all",
        source=_OWN_FUTURE,
        says="0 of the other 4 got an answer, the rest never return",
    ),
    Attempt(
        "stored although dropped meanwhile",
        edits=(
            (
                _STORE,
                "drops = tuple(self.drops[tag] for tag in self.tags[key])\n"
                "            self.entries[key] = Entry(value, drops, size)",
            ),
            (_PLACE, f"{_PLACE}\n        self.tags[key] = sorted(tags)"),
            ("self.loading = {}", "self.loading = {}\n        self.tags = {}"),
        ),
        says="from then on the cache served the old price",
    ),
    Attempt(
        "joins a computation from before the drop",
        edits=((_PLACE, "place = key"),),
        says="expected a call of its own",
    ),
    Attempt(
        "bounded by entries",
        edits=(
            (
                "TTLCache(MAX_BYTES, settings.cache_seconds, getsizeof=lambda one: one.size)",
                "TTLCache(1_000, settings.cache_seconds)",
            ),
        ),
        says="3,000,000 bytes were still there; the budget is",
    ),
    Attempt(
        "nothing new once it is full",
        edits=(("if size <= MAX_BYTES:", "if self.entries.currsize + size <= MAX_BYTES:"),),
        says="expected a full cache to make room",
    ),
    Attempt(
        "keys not counted",
        edits=((_SIZE, 'size = len(value or b"")'),),
        says="is for keys and values together",
    ),
    Attempt(
        "too large for cachetools",
        edits=(("if size <= MAX_BYTES:", "if True:"),),
        says="`get_or_make` raised ValueError: value too large",
    ),
    Attempt(
        "dropped entries counted for ever",
        source=_CAREFREE_ACCOUNTING,
        says="Do entries that were dropped or replaced still count?",
    ),
    Attempt(
        "never expires",
        edits=(("TTLCache(MAX_BYTES, settings.cache_seconds,", "TTLCache(MAX_BYTES, 86_400,"),),
        says="expected it to expire",
    ),
    Attempt("shared by all caches", source=_IN_THE_CLASS, says="keep the entries in `self`"),
    Attempt("the shop's own cache", source=FINISHED, outcome="passed"),
    Attempt("a lock for each key", source=LOCKS, outcome="passed"),
    Attempt("futures, and an index of tags", source=FUTURES, outcome="passed"),
    Attempt("one count of all drops", source=ONE_COUNT, outcome="passed"),
    Attempt("two halves that take turns", source=TWO_HALVES, outcome="passed"),
)
