"""The verbs that send single requests, and show what they cost."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, overload

from app.course.errors import CourseError
from app.course.evidence import Burst, BurstObservation
from app.course.http import Received
from app.course.shop import Shop
from app.lab.checks.burst import send_burst
from app.lab.display.pending import must_be_awaited
from app.lab.load.target import check_path
from app.lab.serving.arm import Arm
from app.lab.serving.exchange import Exchange, Exchanges, exchange, repeated
from app.lab.serving.watchdog import watched
from app.lab.wire.middleware import MEMORY, OBJECTS, QUERIES, WAL

if TYPE_CHECKING:
    from app.lab.serving.activity import Activity
    from app.lab.serving.download import Download
    from app.lab.serving.plans import Plans
    from app.lab.serving.reader import Reader

from app.lab.session.serving import Serving
from app.lab.session.state import DEFAULT, App


class Requests(Serving):
    """Sends requests, and shows the work that each of them caused."""

    @overload
    async def get(
        self,
        path: str,
        *,
        show: Literal["first", "second"] = "second",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
    ) -> Exchange: ...

    @overload
    async def get(
        self,
        path: str,
        *,
        show: Literal["both"],
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
    ) -> Exchanges: ...

    @must_be_awaited
    async def get(
        self,
        path: str,
        *,
        show: Literal["first", "second", "both"] = "second",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
    ) -> Exchange | Exchanges:
        """Make one GET request.

        Args:
            path: With its query string, such as ``/api/orders?limit=20``.
            show: ``"second"`` of two identical requests, so that the connection is open and its
                statements are prepared, as they are for all but a server's first requests;
                ``"first"``, and no other is made; or ``"both"``.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.
            wal: Whether to count the WAL that PostgreSQL writes for the request.
            memory: Whether to measure how much memory it takes; it runs about three times as long.
            objects: Whether to count the objects that Python builds for it; it takes longer.

        Returns:
            The ``status``, the decoded ``answer``, the ``body`` as bytes and the ``headers``, the
            counters in ``work``, the SQL ``statements``, the ``seconds`` until the server was done,
            and the ``client_seconds`` until its last byte had arrived. ``longest_chain`` is the
            most round trips to PostgreSQL of which each had to wait for the one before: because the
            same task sent both, because one task started or waited for the other, or because both
            needed the same connection. ``peak_in_use`` is the most connections to PostgreSQL
            that the request had in use at a time, acquired from a pool or with a statement or
            transaction under way, and ``left_in_use`` how many it still had in use when it was
            over. It is shown with its waterfall. Two of them, ``first`` and ``second``, for
            ``show="both"``.

            If asked for, also its ``wal``: ``bytes``, ``records`` and ``full_page_images``, or
            ``None`` where they cannot be known, as on a server older than PostgreSQL 18; and its
            ``peak_memory``, the most bytes that its Python objects took at one time, besides the
            body of the request as it arrived. A long response counts twice, because the notebook
            receives it in the same process; with several workers it does not.

            And its ``objects``: ORM objects ``loaded``; models and dataclasses that Pydantic built,
            in ``validations`` and, without validating, ``constructed``; all three together in
            ``built``; ``encoder_calls``, the calls of FastAPI's ``jsonable_encoder``; and how often
            Pydantic converted a value to plain Python objects (``python_dumps``) or wrote it as
            JSON (``json_dumps``).

        Raises:
            CourseError: when nothing is served, or the code that is to respond does not return.
            httpx.TransportError: when the server closes the connection.
        """
        check_path(path)
        if show not in ("first", "second", "both"):
            raise CourseError(f'show is "first", "second" or "both", not {show!r}.')
        arm, url = self._address(at)

        async def request() -> Exchange:
            return await exchange(
                arm.host,
                path,
                headers=headers,
                token=token,
                at=url,
                instruments=_instruments(wal=wal, memory=memory, objects=objects),
            )

        first = await request()
        if show == "first":
            return self._keep(first)
        second = await repeated(request)
        return self._keep(Exchanges(first, second) if show == "both" else second)

    @must_be_awaited
    async def post(
        self,
        path: str,
        body: Any,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
    ) -> Exchange:
        """Make one POST request.

        Args:
            path: With its query string.
            body: Text and bytes are sent as they are, anything else as JSON, ``None`` as no body.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.
            wal: Whether to count the WAL that PostgreSQL writes for the request.
            memory: Whether to measure how much memory it takes; it runs about three times as long.
            objects: Whether to count the objects that Python builds for it; it takes longer.

        Returns:
            As for ``lab.get``.

        Raises:
            CourseError: when nothing is served, or the code that is to respond does not return.
            httpx.TransportError: when the server closes the connection.
        """
        return await self.request(
            "POST",
            path,
            body,
            token=token,
            headers=headers,
            at=at,
            wal=wal,
            memory=memory,
            objects=objects,
        )

    @must_be_awaited
    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
        wal: bool = False,
        memory: bool = False,
        objects: bool = False,
    ) -> Exchange:
        """Make one request with any method, such as PATCH or DELETE.

        Args:
            method: In capital letters.
            path: With its query string.
            body: Text and bytes are sent as they are, anything else as JSON, ``None`` as no body.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.
            wal: Whether to count the WAL that PostgreSQL writes for the request.
            memory: Whether to measure how much memory it takes; it runs about three times as long.
            objects: Whether to count the objects that Python builds for it; it takes longer.

        Returns:
            As for ``lab.get``.

        Raises:
            CourseError: when nothing is served, or the code that is to respond does not return.
            httpx.TransportError: when the server closes the connection.
        """
        check_path(path)
        arm, url = self._address(at)
        return self._keep(
            await exchange(
                arm.host,
                path,
                method=method,
                body=body,
                token=token,
                headers=headers,
                at=url,
                instruments=_instruments(wal=wal, memory=memory, objects=objects),
            )
        )

    @must_be_awaited
    async def raw(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> Received:
        """Make one request and read the response from the socket, with everything that is wrong
        with it.

        Other clients forgive, repair or decode what they receive. This one does nothing of the
        kind: the headers are those that were sent, with duplicates, and the body is as encoded as
        it was sent. It sends no headers of its own but ``Host`` and ``Connection: close``.

        Args:
            path: With its query string.
            method: In capital letters.
            headers: Further headers by name, such as ``{"Accept-Encoding": "gzip"}``.
            at: The name that an application is served under, or the URL of one worker.

        Returns:
            The ``status``, the ``headers`` as pairs, the ``body`` in bytes, and the ``faults``:
            each violation of HTTP in a sentence, such as two lengths for one body, or a body that
            breaks off. ``value(name)`` and ``values(name)`` look a header up.

        Raises:
            CourseError: when nothing is served, or the code that is to respond does not return.
        """
        from app.lab.serving.strict_client import StrictClient

        check_path(path)
        arm, url = self._address(at)
        client = StrictClient(url or arm.url)
        return self._keep(
            await watched([arm.host], client.request(path, method=method, headers=headers))
        )

    @must_be_awaited
    async def download(
        self,
        path: str,
        app: App | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> "Download":
        """Make one GET request of a process of its own, and watch its memory.

        The process is started for this request, so nothing else is in its memory. The response is
        read as fast as it arrives and not kept.

        Args:
            path: With its query string.
            app: What ``lab.shop`` returns, or a router to overlay onto the shop. By default the
                shop as this lesson finds it.
            headers: Further headers by name.

        Returns:
            The ``status``, the ``size`` in bytes and the ``lines`` of the body, and whether it is
            ``complete``. ``memory`` is by how many bytes the process was larger than before, at the
            most. Of the ``flow`` of the rows, ``peak`` is the most that were in flight, received
            from PostgreSQL and not yet sent, and ``rows_at_first_byte`` how many had been received
            when the first byte was sent; both for a response with a line for each row. ``work`` has
            the counters.

        Raises:
            CourseError: before the first ``lab.start``; when the shop does not start, or nothing
                arrives for a minute; for an application that is no shop.
        """
        from app.lab.serving.download import download
        from app.lab.serving.workers import Workers

        check_path(path)
        shop = self._as_app(app)
        if not isinstance(shop, Shop):
            raise CourseError("Only a shop or a router can be served in a process of its own.")
        copies, copy = self._services()
        with Arm(shop, copies, copy=copy, own_process=True) as arm:
            assert isinstance(arm.host, Workers)
            return self._keep(await watched([arm.host], download(arm.host, path, headers)))

    @asynccontextmanager
    async def reader(
        self, path: str, *, headers: Mapping[str, str] | None = None, at: str = DEFAULT
    ) -> "AsyncIterator[Reader]":
        """Make one GET request and read the response at your own pace, over a real socket.

        It begins with the head of the response. Of the body, only what is asked for is received,
        and what fits into the buffers of the system. At the end of the block the reader goes away:
        the connection is closed, whatever is left of the response.

        Args:
            path: With its query string.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.

        Yields:
            The reader: ``await reader.read(1024)`` returns the next bytes of the body, fewer where
            it ends, and ``reader.rest()`` iterates over all others. ``status`` and ``headers`` are
            those of the response, ``complete`` says whether it has ended as HTTP says, and ``flow``
            how many rows the server has received from PostgreSQL and sent so far. ``await
            reader.finished()`` waits until the server is done with the request, also after the
            block.

        Raises:
            CourseError: when nothing is served, or nothing arrives for a minute.
        """
        from app.lab.serving.reader import reading

        check_path(path)
        arm, url = self._address(at)
        async with reading(arm.host, path, url=url, headers=headers) as reader:
            yield reader

    @must_be_awaited
    async def activity(self) -> "Activity":
        """Look at what PostgreSQL is doing for this notebook's database.

        Returns:
            One item for each connection that has a statement running or a transaction open: its
            ``state``, what it ``waits_for``, whether it ``holds_snapshot``, and its ``query``.

        Raises:
            CourseError: before the first ``lab.start``.
        """
        from app.lab.serving.activity import activity

        return self._keep(await activity(self.settings.database_url))

    @must_be_awaited
    async def explain(
        self,
        what: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> "Plans":
        """Show how PostgreSQL executes the statements of a GET request, or one statement.

        The request is made twice, and the statements of the second one are explained, with the
        values that they were sent with. Those that read are executed once more for it.

        Args:
            what: A path with its query string, or SQL without parameters.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under, or the URL of one worker.

        Returns:
            One item for each different execution, with its ``text``, which function of the
            application it was ``sent_by``, and its ``plan``, a tree with estimated rows, actual
            rows, rows read from tables and blocks looked at. ``rows_read`` and ``blocks`` are those
            of all together.

        Raises:
            CourseError: before the first ``lab.start``; when nothing is served or PostgreSQL does
                not answer; for a request of very many statements, and for SQL that cannot be
                explained.
        """
        from app.lab.serving.explain import explain, explain_sql

        if not what.startswith("/"):
            return self._keep(await explain_sql(self.settings.database_url, what))
        arm, url = self._address(at)
        settings = arm.settings or self.settings

        async def request() -> Exchange:
            return await exchange(
                arm.host, what, headers=headers, token=token, at=url, instruments=[QUERIES]
            )

        await request()
        seen = await repeated(request)
        return self._keep(await explain(settings.database_url, seen.trace.queries))

    @must_be_awaited
    async def log_in(self) -> str:
        """Log the test account in, for what only a customer may read or write.

        Returns:
            A bearer token of the shop that is served, for the ``token`` of a request.

        Raises:
            CourseError: when nothing is served, or the shop refuses the account.
        """
        from app.lab.serving.log_in import log_in

        return await log_in(self.url)

    @must_be_awaited
    async def burst(
        self,
        path: str,
        *,
        requests: int,
        connections: int | None = None,
        barrier: bool = False,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str = DEFAULT,
    ) -> BurstObservation:
        """Make many GET requests at once.

        Args:
            path: With its query string.
            requests: How many in all.
            connections: How many at a time; by default all of them.
            barrier: Whether the server holds the requests until the last one has arrived, so that
                all of them are in progress at the same time. Otherwise some may have been answered
                before others arrive.
            token: The bearer token of a customer, from ``lab.log_in``.
            headers: Further headers by name.
            at: The name that an application is served under.

        Returns:
            How many got which status in ``statuses`` (0: the connection broke), and the counters of
            all together in ``work``. The most connections to PostgreSQL at a time: open in
            ``peak_connections``, in use in ``peak_in_use``, and in use by one request in
            ``peak_in_use_per_request``.

        Raises:
            CourseError: when nothing is served; for a barrier with fewer connections than requests,
                or several workers.
        """
        check_path(path)
        burst = Burst(path, requests, connections or requests, barrier, headers=headers or {})
        return self._keep(await send_burst(burst, self._arm(at).host, token))


def _instruments(*, wal: bool, memory: bool, objects: bool) -> list[str]:
    asked = {WAL: wal, MEMORY: memory, OBJECTS: objects}
    return [name for name in asked if asked[name]]
