from itertools import groupby, pairwise

from app.lab.services.seed.tables import Tables


def test_ids_follow_time(tables: Tables) -> None:
    times = {
        "products": [row[-1] for row in tables.products],
        "accounts": [row[-1] for row in tables.accounts],
        "orders": [row[-1] for row in tables.orders],
        "posts": [row[-1] for row in tables.posts],
        "comments": [row[-1] for row in tables.comments],
    }
    late = {name: sum(a > b for a, b in pairwise(found)) for name, found in times.items()}
    assert late == dict.fromkeys(times, 0)


def test_an_order_has_all_its_lines_next_to_each_other(tables: Tables) -> None:
    groups = [order_id for order_id, _ in groupby(row[1] for row in tables.order_lines)]
    assert groups == list(range(1, 23_194))


def test_only_a_cancellation_has_negative_quantities(tables: Tables) -> None:
    cancelled = {row[0] for row in tables.orders if row[4] == "cancelled"}
    assert all((row[3] < 0) == (row[1] in cancelled) for row in tables.order_lines)


def test_an_invoice_without_customer_is_a_guests_order(tables: Tables) -> None:
    guests = sum(row[2] is None for row in tables.orders)
    assert guests == sum(not invoice.customer for invoice in tables.invoices)
    assert 0 < guests < 3_000


def test_nobody_orders_before_the_account_exists(tables: Tables) -> None:
    created = {row[0]: row[-1] for row in tables.accounts}
    assert all(row[2] is None or created[row[2]] <= row[-1] for row in tables.orders)
