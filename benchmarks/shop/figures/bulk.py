"""Ten thousand products in one request, beside the driver's COPY of the same records."""

import json

import asyncpg

from app.lab.load import Comparison, Request, Target
from app.shop.accounts.tokens import issue_token
from app.shop.accounts.user import User
from app.shop.settings import Settings
from benchmarks.common.finding import Finding, table
from benchmarks.common.served import served_together
from benchmarks.shop.data import Data, leased
from benchmarks.shop.products import products
from benchmarks.shop.scale import Scale
from benchmarks.shop.turns import in_turn
from benchmarks.shop.wording import ends, faults, shown

LEAST = 0.5
SHOP, COPY = "the shop", "COPY alone"
APPS = {
    SHOP: "benchmarks.shop.arms.shops:in_memory",
    COPY: "benchmarks.shop.arms.copying:copying",
}


async def run(scale: Scale) -> Finding:
    with leased() as data:
        found, added = await compare_bulk(data, scale)
    ratio = found.ratios[SHOP]
    return Finding(
        claim=f"{scale.products:,} products in one request are added at at least {LEAST} times "
        "the speed of COPY through asyncpg alone, their validation included.",
        met=shown([ratio], LEAST) and added == {scale.products},
        seen=table(
            ["added by", "products/s", "ms", "server CPU, ms", "times COPY", "95 % interval"],
            *(_row(arm, found, scale.products) for arm in found.measurements),
        ),
        remark=f"{found.rounds} pairs in random order, {data.servers}. Each adds the same products "
        "in one transaction to the same table, which then loses them and is vacuumed; COPY gets "
        "records that are made and sorted already."
        + ("" if added == {scale.products} else f" Products added: {sorted(added)}.")
        + faults([found]),
    )


async def compare_bulk(data: Data, scale: Scale) -> tuple[Comparison, set[int]]:
    """Both arms in turn; and the numbers of products that one of them has added."""
    connection = await asyncpg.connect(data.url)
    try:
        last = int(await connection.fetchval("SELECT max(id) FROM products"))
        added: set[int] = set()

        async def clear(_arm: str) -> None:
            # Neither may find an index that the other has filled, or a list that it must empty.
            if count := await remove(connection, last):
                added.add(count)

        with served_together(APPS, environment=data.environment) as urls:
            found = await in_turn(arms(urls, scale.products), scale.pairs, between=clear)
        await clear("")
        return found, added
    finally:
        await connection.close()


async def remove(connection: "asyncpg.Connection[asyncpg.Record]", last: int) -> int:
    """Remove the products above the id ``last``; how many there were."""
    gone = await connection.execute("DELETE FROM products WHERE id > $1", last)
    await connection.execute("VACUUM ANALYZE products")
    return int(gone.rpartition(" ")[2])


def arms(urls: dict[str, str], count: int) -> dict[str, Target]:
    user = User(1, frozenset({"catalog:write"}))
    headers = (
        ("content-type", "application/json"),
        ("authorization", f"Bearer {issue_token(user, Settings())}"),
    )
    body = json.dumps(products(count)).encode()
    return {
        COPY: Target(urls[COPY], (Request(f"/in?count={count}", "POST"),)),
        SHOP: Target(urls[SHOP], (Request("/api/products/bulk", "POST", headers, body),)),
    }


def _row(arm: str, found: Comparison, count: int) -> list[str]:
    seen = found.measurements[arm]
    milliseconds = (seen.cost.server_cpu_per_request or 0) * 1e3
    ratio = ["1", ""] if arm == COPY else ends(found.ratios[arm])
    each = f"{1e3 / seen.rps:,.0f}" if seen.rps else "–"
    return [arm, f"{count * seen.rps:,.0f}", each, f"{milliseconds:,.0f}", *ratio]
