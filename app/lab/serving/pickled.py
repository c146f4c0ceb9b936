"""Pickles what a worker process is sent, code of a notebook's cells and SQLAlchemy's queries
included."""

import io
from collections import ChainMap
from collections.abc import Callable
from typing import Any, ClassVar

import cloudpickle
from sqlalchemy import Column, Table
from sqlalchemy.orm import InstrumentedAttribute, Mapper, class_mapper

from app.shop.models import Order

_TABLES = Order.metadata.tables


def pickled(thing: Any) -> bytes:
    """``thing`` for ``pickle.loads`` in another process.

    Functions and classes of a notebook are sent by value. Of the shop's models, queries refer to
    those of the other process: copies of tables and mappers would not fit to its classes. Raises
    ``TypeError``, ``AttributeError`` or ``ValueError`` for something that belongs to this process.
    """
    file = io.BytesIO()
    _Pickler(file).dump(thing)
    return file.getvalue()


def _table(name: str) -> Table:
    return _TABLES[name]


def _column(table: str, name: str) -> Column[Any]:
    return _TABLES[table].columns[name]


def _of_table(table: Table) -> Any:
    return (_table, (table.key,)) if _TABLES.get(table.key) is table else table.__reduce_ex__(4)


def _of_column(column: Column[Any]) -> Any:
    table = column.table
    if isinstance(table, Table) and _TABLES.get(table.key) is table:
        return _column, (table.key, column.key)
    return column.__reduce_ex__(4)


_REDUCERS: dict[type, Callable[[Any], Any]] = {
    Mapper: lambda mapper: (class_mapper, (mapper.class_,)),
    InstrumentedAttribute: lambda attribute: (getattr, (attribute.class_, attribute.key)),
    Table: _of_table,
    Column: _of_column,
}


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    dispatch_table: ClassVar = ChainMap(_REDUCERS, cloudpickle.Pickler.dispatch_table)
