"""Which rows of the data set the shop keeps, and what it makes of them.

Its 541,909 rows, by the rules in the order in which they apply:

    adjustment            3   an invoice ``A…``: a bad debt written off, not a sale
    not a product     3,050   postage, carriage, discounts, fees, samples, vouchers, "Manual"
    stock movement    1,336   a negative quantity outside a cancellation: lost, damaged, recounted
    without price     1,125   a price of zero and no customer: stock found or corrected
    kept            536,395   the shop's order lines

Kept rows are not altered:

    a cancellation ``C…``      becomes a separate order: status 'cancelled', negative quantities
    no customer                becomes a guest's order, without an account
    a price of zero            is kept if there is a customer: a free item
    a duplicate row            becomes a second order line
    an invoice with two times  (there are 43) gets the earlier one
    a stock code               becomes one product, with its most common name and price
"""

import re
from functools import cache

from app.lab.services.seed.source import SourceLine

# Stock codes of physical goods: 85123A, 15056BL, DCGS0003, DCGSSGIRL.
is_stock_code = re.compile(r"\d{5}[A-Z]{0,2}|DCGS\w+").fullmatch

# They look like stock codes, but are a voucher, a delivery, packaging and an image file.
NOT_PRODUCTS = frozenset({"22016", "23444", "23574", "23702"})

COUNTRY_NAMES = {"EIRE": "Ireland", "RSA": "South Africa", "USA": "United States"}


@cache
def is_product(code: str) -> bool:
    return is_stock_code(code) is not None and code not in NOT_PRODUCTS


def is_cancellation(invoice: str) -> bool:
    return invoice.startswith("C")


def drop_reason(line: SourceLine) -> str | None:
    """The rule that drops this row, or ``None`` if the shop keeps it."""
    if line.invoice.startswith("A"):
        return "adjustment"
    if not is_product(line.code):
        return "not a product"
    if line.quantity < 0 and not is_cancellation(line.invoice):
        return "stock movement"
    if line.price == 0 and not line.customer:
        return "without price"
    return None


def order_status(invoice: str) -> str:
    return "cancelled" if is_cancellation(invoice) else "completed"


def country_name(country: str) -> str:
    return COUNTRY_NAMES.get(country, country)
