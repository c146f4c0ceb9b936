"""Tags of cached answers that one part of the shop makes and another one changes."""

ASSORTMENT = "assortment"
"""Which product is in which category: of reports."""
PRODUCT_NAMES = "product names"
"""How products are called, their skus included: of orders and posts, which show them."""
