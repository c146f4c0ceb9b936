"""Which rows of the data set the shop keeps, and what it makes of them.

Of 541,909 rows, by the rules in the order in which they are tried:

    adjustment            3   an invoice ``A…``: a bad debt written off, not a sale
    not a product     3,050   postage, carriage, discounts, fees, samples, vouchers, "Manual"
    stock movement    1,336   a negative quantity outside a cancellation: lost, damaged, counted
    without price     1,125   price zero and no customer: stock found or put right
    kept            536,395   the shop's order lines

What is kept is kept as it is:

    a cancellation ``C…``     an order of its own, status 'cancelled', quantities negative
    no customer               a guest's order: no account
    a price of zero           stays where a customer is named: something given away
    the same row twice        two order lines
    an invoice of two times   (43 of them) placed at the first
    a line of a known code    its product: one a stock code, with its commonest name and price
"""

import re
from functools import cache

from app.lab.services.seed.source import SourceLine

# Stock codes of things that can lie on a shelf: 85123A, 15056BL, DCGS0003, DCGSSGIRL.
is_stock_code = re.compile(r"\d{5}[A-Z]{0,2}|DCGS\w+").fullmatch

# They have the form of a stock code, yet are a voucher, a delivery, packing and a picture file.
NOT_PRODUCTS = frozenset({"22016", "23444", "23574", "23702"})

COUNTRY_NAMES = {"EIRE": "Ireland", "RSA": "South Africa", "USA": "United States"}


@cache
def is_product(code: str) -> bool:
    return is_stock_code(code) is not None and code not in NOT_PRODUCTS


def is_cancellation(invoice: str) -> bool:
    return invoice.startswith("C")


def drop_reason(line: SourceLine) -> str | None:
    """The rule that keeps this row out of the shop, or None for a row that comes in."""
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
