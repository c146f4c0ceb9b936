"""Ten thousand products in one request, against the driver's COPY of the same records."""

import json

import asyncpg

from app.lab.load import Comparison, Request, Target
from app.shop.accounts.tokens import issue_token
from app.shop.accounts.user import User
from app.shop.settings import Settings
from benchmarks.common.app_server import app_servers
from benchmarks.common.finding import Finding, table
from benchmarks.shop.data import Data, leased
from benchmarks.shop.products import products
from benchmarks.shop.scale import Scale
from benchmarks.shop.single_requests import compare_single_requests
from benchmarks.shop.wording import all_at_least, problems_text, ratio_cells

MIN_RATIO = 0.5
SHOP, COPY = "the shop", "COPY alone"
APPS = {
    SHOP: "benchmarks.shop.arms.shops:in_memory",
    COPY: "benchmarks.shop.arms.copying:copying",
}


async def run(scale: Scale) -> Finding:
    with leased() as data:
        comparison, added = await compare_bulk(data, scale)
    ratio = comparison.ratios[SHOP]
    return Finding(
        claim=f"{scale.products:,} products in one request are inserted at no less than "
        f"{MIN_RATIO} times the speed of COPY through asyncpg alone, including validation.",
        holds=all_at_least([ratio], MIN_RATIO) and added == {scale.products},
        evidence=table(
            ["inserted by", "products/s", "ms", "server CPU, ms", "vs COPY", "95 % interval"],
            *(_row(arm, comparison, scale.products) for arm in comparison.measurements),
        ),
        remark=f"{comparison.rounds} pairs in random order, {data.servers}. Each inserts the same "
        "products in one transaction into the same table, from which they are then deleted, and "
        "which is then vacuumed. COPY gets records that are already built and sorted."
        + ("" if added == {scale.products} else f" Products inserted: {sorted(added)}.")
        + problems_text([comparison]),
    )


async def compare_bulk(data: Data, scale: Scale) -> tuple[Comparison, set[int]]:
    """Compare both arms; returns the set of the numbers of products that they inserted, too."""
    connection = await asyncpg.connect(data.url)
    try:
        last = int(await connection.fetchval("SELECT max(id) FROM products"))
        added: set[int] = set()

        async def clear(_arm: str) -> None:
            # So that neither finds an index filled by the other, or a pending list to clean up.
            if count := await remove(connection, last):
                added.add(count)

        with app_servers(APPS, environment=data.environment) as urls:
            comparison = await compare_single_requests(
                arms(urls, scale.products), scale.pairs, between=clear
            )
        await clear("")
        return comparison, added
    finally:
        await connection.close()


async def remove(connection: "asyncpg.Connection[asyncpg.Record]", last: int) -> int:
    """Delete the products with IDs above ``last``; returns their number."""
    status = await connection.execute("DELETE FROM products WHERE id > $1", last)
    await connection.execute("VACUUM ANALYZE products")
    return int(status.rpartition(" ")[2])


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


def _row(arm: str, comparison: Comparison, count: int) -> list[str]:
    measurement = comparison.measurements[arm]
    cpu_ms = (measurement.cost.server_cpu_per_request or 0) * 1e3
    ratio = ["1", ""] if arm == COPY else ratio_cells(comparison.ratios[arm])
    rps = measurement.rps
    duration = f"{1e3 / rps:,.0f}" if rps else "–"
    return [arm, f"{count * rps:,.0f}", duration, f"{cpu_ms:,.0f}", *ratio]
