import pytest

from app.course.sql import labels, laid_out, with_values

ORDERS = (
    "SELECT orders.id, orders.number, orders.account_id, orders.country, orders.status, "
    "orders.placed_at FROM orders ORDER BY orders.id DESC LIMIT $1::INTEGER"
)
LINES = (
    "SELECT order_lines.id, order_lines.order_id, order_lines.quantity, products_1.id AS id_1, "
    "products_1.name FROM order_lines LEFT OUTER JOIN products AS products_1 ON products_1.id = "
    "order_lines.product_id WHERE order_lines.order_id = $1::INTEGER ORDER BY order_lines.id"
)
WIDTH = 52


def test_values_replace_parameters_and_their_casts() -> None:
    assert with_values("WHERE a = $1::INTEGER AND b = $2", ["7", None]) == "WHERE a = 7 AND b = $2"
    sql = "SELECT $1::TIMESTAMP WITH TIME ZONE, $2::VARCHAR(10)[], $10"
    values = ["NULL", "'x'", *[None] * 7, "10"]
    assert with_values(sql, values) == "SELECT NULL, 'x', 10"


def test_a_label_shows_the_table_and_the_condition() -> None:
    assert labels([with_values(LINES, ["17"])], WIDTH) == [
        "SELECT … FROM order_lines … WHERE order_id = 17 …"
    ]
    assert labels([with_values(LINES, ["23193"])], 42) == [
        "FROM order_lines … WHERE order_id = 23193"
    ]
    assert labels([ORDERS], WIDTH) == ["SELECT … FROM orders ORDER BY id DESC LIMIT $1"]


def test_the_same_statement_with_other_values_has_another_label() -> None:
    found = labels([with_values(LINES, [str(number)]) for number in range(20)], WIDTH)
    assert len(set(found)) == 20


def test_statements_that_differ_late_or_only_in_their_columns_differ_in_their_labels() -> None:
    late = [f"{ORDERS} OFFSET {'1 + ' * 40}{number}" for number in range(3)]
    columns = [ORDERS, ORDERS.replace("orders.country", "orders.total")]
    for statements in (late, columns):
        found = labels(statements, WIDTH)
        assert len(set(found)) == len(statements)
        assert all(len(label) <= WIDTH for label in found)


@pytest.mark.parametrize(
    ("sql", "label"),
    [
        ("SELECT 1", "SELECT 1"),
        ("BEGIN;", "BEGIN;"),
        (
            "INSERT INTO orders (number, account_id, country) VALUES ($1::VARCHAR, $2::INTEGER, "
            "$3::VARCHAR) RETURNING orders.id",
            "INSERT INTO orders (…) VALUES ($1, $2, $3) RETURNING orders.id",
        ),
        ("UPDATE products SET price=$1 WHERE products.id = $2", None),
        ("SELECT count(*) FROM (SELECT a FROM b WHERE c) AS d WHERE 'a FROM b' = e", None),
    ],
)
def test_short_statements_stay_as_they_are(sql: str, label: str | None) -> None:
    assert labels([sql], 80) == [label or sql]


def test_each_clause_has_a_line() -> None:
    assert laid_out(ORDERS).splitlines()[1:] == [
        "FROM orders",
        "ORDER BY orders.id DESC",
        "LIMIT $1::INTEGER",
    ]
    nested = "SELECT (SELECT a FROM b) FROM c WHERE d IN (SELECT e FROM f)"
    assert laid_out(nested).splitlines() == [
        "SELECT (SELECT a FROM b)",
        "FROM c",
        "WHERE d IN (SELECT e FROM f)",
    ]
