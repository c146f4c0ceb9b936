"""What a worker process is sent arrives as what it was."""

import pickle
import threading
from typing import Any

import pytest
from sqlalchemy import column, select, table

from app.lab.serving.pickled import pickled
from app.shop.models import Order, OrderLine, Product

QUERIES: dict[str, Any] = {
    "entities": select(OrderLine).join(OrderLine.product).where(OrderLine.quantity > 3),
    "columns": select(OrderLine.quantity, Product.sku.label("sku")).join(Product),
    "tables": select(OrderLine.__table__.c.id).join(Order.__table__),
    "another table": select(column("a")).select_from(table("elsewhere", column("a"))),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_the_same_afterwards(name: str) -> None:
    query = QUERIES[name]
    copy = pickle.loads(pickled(query))
    assert str(copy) == str(query)
    assert [str(one["type"]) for one in copy.column_descriptions] == [
        str(one["type"]) for one in query.column_descriptions
    ]


def test_a_query_refers_to_the_models_and_not_to_copies() -> None:
    copy = pickle.loads(pickled(QUERIES["entities"]))
    assert copy.column_descriptions[0]["entity"] is OrderLine
    # A join finds its condition only between tables of one and the same metadata.
    assert "products.id = order_lines.product_id" in str(copy.with_only_columns(Product.sku))


def test_a_function_is_sent_by_value() -> None:
    def query() -> Any:
        return QUERIES["columns"]

    assert str(pickle.loads(pickled(query))()) == str(QUERIES["columns"])


def test_what_belongs_to_this_process_is_refused() -> None:
    with pytest.raises(TypeError):
        pickled(threading.Lock())
