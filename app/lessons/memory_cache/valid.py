"""Answers that the check must accept, each made in another way."""

FINISHED = """
from app.shop.cache import MemoryCache


def MyCache(settings):
    return MemoryCache(settings.cache_seconds, max_bytes=MAX_BYTES)
"""

LOCKS = """
import time
from weakref import WeakValueDictionary


class MyCache:
    def __init__(self, settings):
        self.seconds = settings.cache_seconds
        self.entries = OrderedDict()
        self.bytes = 0
        self.locks = WeakValueDictionary()
        self.dropped = Counter()

    async def get_or_make(self, key, tags, make):
        lock = self.locks.setdefault(key, asyncio.Lock())
        async with lock:
            if key in self.entries:
                value, _, end = self.entries[key]
                if time.monotonic() < end:
                    self.entries.move_to_end(key)
                    return value
                self.remove(key)
            before = [self.dropped[tag] for tag in tags]
            value = await make()
            size = len(key) + len(value or b"")
            if size <= MAX_BYTES and before == [self.dropped[tag] for tag in tags]:
                self.entries[key] = value, frozenset(tags), time.monotonic() + self.seconds
                self.bytes += size
                while self.bytes > MAX_BYTES:
                    self.remove(next(iter(self.entries)))
            return value

    def remove(self, key):
        value, *_ = self.entries.pop(key)
        self.bytes -= len(key) + len(value or b"")

    async def drop(self, tags):
        self.dropped.update(tags)
        for key in [key for key, (_, own, _) in self.entries.items() if own & set(tags)]:
            self.remove(key)

    async def close(self):
        self.entries.clear()
"""

FUTURES = """
from collections import defaultdict


class Flight:
    def __init__(self, tags):
        self.tags = set(tags)
        self.future = asyncio.get_running_loop().create_future()
        self.stale = False


class MyCache:
    def __init__(self, settings):
        self.entries = TTLCache(MAX_BYTES, settings.cache_seconds, getsizeof=lambda one: one[1])
        self.keys = defaultdict(set)
        self.flights = {}
        self.tasks = set()

    async def get_or_make(self, key, tags, make):
        try:
            return self.entries[key][0]
        except KeyError:
            pass
        flight = self.flights.get(key)
        if flight is None:
            flight = self.flights[key] = Flight(tags)
            task = asyncio.create_task(self.run(key, flight, make))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        return await asyncio.shield(flight.future)

    async def run(self, key, flight, make):
        try:
            value = await make()
        except Exception as error:
            flight.future.set_exception(error)
        else:
            flight.future.set_result(value)
            size = len(key) + len(value or b"")
            if not flight.stale and size <= MAX_BYTES:
                self.entries[key] = value, size
                for tag in flight.tags:
                    self.keys[tag].add(key)
        finally:
            if self.flights.get(key) is flight:
                del self.flights[key]

    async def drop(self, tags):
        for tag in tags:
            for key in self.keys.pop(tag, ()):
                self.entries.pop(key, None)
        for key, flight in list(self.flights.items()):
            if not flight.tags.isdisjoint(tags):
                flight.stale = True
                del self.flights[key]

    async def close(self):
        self.entries.clear()
"""

ONE_COUNT = """
class MyCache:
    def __init__(self, settings):
        self.entries = TTLCache(MAX_BYTES, settings.cache_seconds, getsizeof=lambda one: one[2])
        self.loading = {}
        self.drops = 0

    async def get_or_make(self, key, tags, make):
        if (entry := self.entries.get(key)) is not None:
            return entry[0]
        place = key, self.drops
        if place not in self.loading:
            self.loading[place] = asyncio.create_task(self.load(place, set(tags), make))
        return await asyncio.shield(self.loading[place])

    async def load(self, place, tags, make):
        key, drops = place
        try:
            value = await make()
        finally:
            del self.loading[place]
        size = len(key) + len(value or b"")
        if drops == self.drops and size <= MAX_BYTES:
            self.entries[key] = value, tags, size
        return value

    async def drop(self, tags):
        self.drops += 1
        for key, (_, own, _) in list(self.entries.items()):
            if own.intersection(tags):
                del self.entries[key]

    async def close(self):
        self.entries.clear()
"""

TWO_HALVES = """
import time

HALF = MAX_BYTES // 2


class MyCache:
    def __init__(self, settings):
        self.seconds = settings.cache_seconds
        self.young, self.old, self.bytes = {}, {}, 0
        self.running = {}
        self.generation = Counter()

    async def get_or_make(self, key, tags, make):
        now = tuple((tag, self.generation[tag]) for tag in sorted(set(tags)))
        for half in (self.young, self.old):
            if key in half:
                value, made, end = half[key]
                if made == now and time.monotonic() < end:
                    return value
        if (key, now) not in self.running:
            task = asyncio.ensure_future(make())
            task.add_done_callback(lambda task: self.done(key, now, task))
            self.running[key, now] = task
        task = self.running[key, now]
        await asyncio.wait([task])
        return task.result()

    def done(self, key, now, task):
        del self.running[key, now]
        if task.cancelled() or task.exception():
            return
        value = task.result()
        size = len(key) + len(value or b"")
        if size > HALF:
            return
        if self.bytes + size > HALF:
            self.young, self.old, self.bytes = {}, self.young, 0
        self.young[key] = value, now, time.monotonic() + self.seconds
        self.bytes += size

    async def drop(self, tags):
        self.generation.update(set(tags))

    async def close(self):
        self.young, self.old = {}, {}
"""
