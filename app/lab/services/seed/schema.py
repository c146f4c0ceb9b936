"""The shop's DDL in two steps: bare tables for COPY, then keys and indexes on the loaded rows."""

from dataclasses import dataclass

from sqlalchemy import (
    Constraint,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    make_url,
)
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, ExecutableDDLElement

from app.shop.models import Base


@dataclass(frozen=True)
class Schema:
    """DDL statements, to be executed in this order."""

    tables: list[str]
    keys: dict[str, list[str]]
    """Primary keys, unique constraints and indexes of each table."""
    foreign_keys: list[str]


def shop_schema() -> Schema:
    """The DDL of ``Base.metadata``, split.

    Works on a copy, because ``AddConstraint`` permanently removes a constraint from its table's
    CREATE TABLE.
    """
    copy = MetaData(naming_convention=Base.metadata.naming_convention)
    tables = [table.to_metadata(copy) for table in Base.metadata.sorted_tables]
    keys = {table.name: table_keys(table) for table in tables}
    foreign_keys = [
        ddl(AddConstraint(constraint))
        for table in tables
        for constraint in by_name(table, ForeignKeyConstraint)
    ]
    return Schema([ddl(CreateTable(table)) for table in tables], keys, foreign_keys)


def table_keys(table: Table) -> list[str]:
    constraints = by_name(table, PrimaryKeyConstraint, UniqueConstraint)
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return [ddl(AddConstraint(constraint)) for constraint in constraints] + [
        ddl(CreateIndex(index)) for index in indexes
    ]


def by_name(table: Table, *kinds: type[Constraint]) -> list[Constraint]:
    """A table's constraints, which are a set, sorted so that the order is always the same."""
    found = [constraint for constraint in table.constraints if isinstance(constraint, kinds)]
    return sorted(found, key=lambda constraint: str(constraint.name))


def ddl(element: ExecutableDDLElement) -> str:
    dialect = make_url("postgresql+asyncpg://").get_dialect()
    return str(element.compile(dialect=dialect()))
