"""Usual: the ORM, relationships loaded by ``prefetch_related`` and ``select_related``, and the
generic views of Django REST framework.

Fastest: a plain view, a cursor, and one statement in which PostgreSQL builds the JSON.
"""

from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from app.lessons.frameworks.django.models import Order, OrderLine, Product
from app.lessons.frameworks.django.serializers import (
    DeliverySerializer,
    OrderSerializer,
    ProductSerializer,
)

SQL = Path(__file__).parent.parent / "sql"
NEWEST = 2**31
"""Greater than every id."""


def read_sql(name: str) -> str:
    return (SQL / name).read_text().replace("$1", "%s").replace("$2", "%s")


PRODUCT, ORDERS = read_sql("product.sql"), read_sql("orders.sql")


def constant(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"message": "Hello, World!"})


class ProductView(RetrieveAPIView):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer


class OrderListView(ListAPIView):
    serializer_class = OrderSerializer

    def get_queryset(self) -> Any:
        lines = Prefetch("lines", OrderLine.objects.select_related("product"))
        return Order.objects.order_by("-id").prefetch_related(lines)[:20]


class DeliveryView(GenericAPIView):
    serializer_class = DeliverySerializer

    def post(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        if not serializer.is_valid():
            return Response(serializer.errors, status=422)
        return Response(serializer.data)


def fetch_value(query: str, *values: object) -> Any:
    """The first column of the statement's first row, or ``None`` without a row."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    return row[0] if row else None


def get_product_fast(_request: HttpRequest, product_id: int) -> HttpResponse:
    body = fetch_value(PRODUCT, product_id)
    if body is None:
        raise Http404
    return HttpResponse(body, content_type="application/json")


def list_orders_fast(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(fetch_value(ORDERS, NEWEST, 20), content_type="application/json")
