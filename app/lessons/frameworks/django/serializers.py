"""Django REST framework's serializers, the usual choice for JSON APIs in Django. They serialize the
responses and validate the body of 20 fields.
"""

from rest_framework import serializers

from app.lessons.frameworks.django.models import Order, OrderLine, Product


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ("id", "sku", "name", "description", "price", "category_id")


class OrderedProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ("id", "sku", "name")


class OrderLineSerializer(serializers.ModelSerializer):
    product = OrderedProductSerializer()

    class Meta:
        model = OrderLine
        fields = ("id", "quantity", "unit_price", "product")


class OrderSerializer(serializers.ModelSerializer):
    lines = OrderLineSerializer(many=True)

    class Meta:
        model = Order
        fields = ("id", "number", "account_id", "country", "status", "placed_at", "lines")


class DeliverySerializer(serializers.Serializer):
    reference = serializers.UUIDField()
    first_name = serializers.CharField(max_length=100)
    last_name = serializers.CharField(max_length=100)
    company = serializers.CharField(max_length=100, allow_blank=True)
    street = serializers.CharField(max_length=200)
    house_number = serializers.CharField(max_length=20)
    postcode = serializers.CharField(min_length=3, max_length=12)
    city = serializers.CharField(max_length=100)
    country = serializers.CharField(min_length=2, max_length=2)
    phone = serializers.CharField(min_length=5, max_length=20)
    language = serializers.ChoiceField(["en", "de", "fr", "es"])
    currency = serializers.ChoiceField(["GBP", "EUR", "USD"])
    quantity = serializers.IntegerField(min_value=1, max_value=999)
    weight_kg = serializers.FloatField(min_value=0.001, max_value=1000)
    discount = serializers.FloatField(min_value=0, max_value=1)
    gift = serializers.BooleanField()
    express = serializers.BooleanField()
    newsletter = serializers.BooleanField()
    delivery_date = serializers.DateField()
    instructions = serializers.CharField(max_length=500, allow_blank=True)
