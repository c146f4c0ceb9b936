"""The tables exist already, so no model is managed. Columns that no response shows are left out,
because the ORM would read them.
"""

from django.db import models


class Product(models.Model):
    sku = models.TextField(unique=True)
    name = models.TextField()
    description = models.TextField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    category_id = models.IntegerField()

    class Meta:
        db_table = "products"
        managed = False


class Order(models.Model):
    number = models.TextField(unique=True)
    account_id = models.IntegerField(null=True)
    country = models.TextField()
    status = models.TextField()
    placed_at = models.DateTimeField()

    class Meta:
        db_table = "orders"
        managed = False


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quantity = models.IntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        db_table = "order_lines"
        managed = False
        ordering = ("id",)
