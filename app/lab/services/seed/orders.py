"""Orders and their lines, numbered chronologically."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.lab.services.seed.rules import country_name, order_status
from app.lab.services.seed.source import SourceLine

OrderRow = tuple[int, str, int | None, str, str, datetime]
OrderLineRow = tuple[int, int, int, int, Decimal]


@dataclass(slots=True)
class Invoice:
    """An invoice with the lines that the shop keeps. ``customer`` is empty for a guest."""

    number: str
    customer: str
    country: str
    placed_at: datetime
    lines: list[SourceLine] = field(default_factory=list)


def collect_invoices(lines: Iterable[SourceLine]) -> list[Invoice]:
    """Invoices in chronological order; those of the same minute in the file's order."""
    invoices: dict[str, Invoice] = {}
    for line in lines:
        invoice = invoices.get(line.invoice)
        if invoice is None:
            invoice = invoices[line.invoice] = Invoice(
                line.invoice, line.customer, line.country, line.invoiced_at
            )
        invoice.placed_at = min(invoice.placed_at, line.invoiced_at)
        invoice.lines.append(line)
    return sorted(invoices.values(), key=lambda invoice: invoice.placed_at)


def order_rows(invoices: Iterable[Invoice], account_ids: Mapping[str, int]) -> Iterator[OrderRow]:
    for number, invoice in enumerate(invoices, start=1):
        yield (
            number,
            invoice.number,
            account_ids.get(invoice.customer),
            country_name(invoice.country),
            order_status(invoice.number),
            invoice.placed_at,
        )


def order_line_rows(
    invoices: Iterable[Invoice], product_ids: Mapping[str, int]
) -> Iterator[OrderLineRow]:
    """Half a million rows, generated lazily."""
    number = 0
    for order_id, invoice in enumerate(invoices, start=1):
        for line in invoice.lines:
            number += 1
            yield number, order_id, product_ids[line.code], line.quantity, line.price
