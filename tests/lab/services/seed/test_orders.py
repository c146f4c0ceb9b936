from itertools import groupby, pairwise

from app.lab.services.seed.tables import Tables


def test_ids_are_in_chronological_order(tables: Tables) -> None:
    times = {
        "products": [row[-1] for row in tables.products],
        "accounts": [row[-1] for row in tables.accounts],
        "orders": [row[-1] for row in tables.orders],
        "posts": [row[-1] for row in tables.posts],
        "comments": [row[-1] for row in tables.comments],
    }
    inversions = {name: sum(a > b for a, b in pairwise(found)) for name, found in times.items()}
    assert inversions == dict.fromkeys(times, 0)


def test_an_orders_lines_are_adjacent(tables: Tables) -> None:
    groups = [order_id for order_id, _ in groupby(row[1] for row in tables.order_lines)]
    assert groups == list(range(1, 23_194))


def test_only_a_cancellation_has_negative_quantities(tables: Tables) -> None:
    cancelled = {row[0] for row in tables.orders if row[4] == "cancelled"}
    assert all((row[3] < 0) == (row[1] in cancelled) for row in tables.order_lines)


def test_an_invoice_without_customer_is_a_guests_order(tables: Tables) -> None:
    guests = sum(row[2] is None for row in tables.orders)
    assert guests == sum(not invoice.customer for invoice in tables.invoices)
    assert 0 < guests < 3_000


def test_no_order_is_older_than_its_account(tables: Tables) -> None:
    created = {row[0]: row[-1] for row in tables.accounts}
    assert all(row[2] is None or created[row[2]] <= row[-1] for row in tables.orders)
