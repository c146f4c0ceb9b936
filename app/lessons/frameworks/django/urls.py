"""The paths. Converters answer a non-numeric id with 404, as everywhere in Django."""

from django.urls import path

from app.lessons.frameworks.django import views

urlpatterns = [
    path("constant", views.constant),
    path("products/<int:pk>", views.ProductView.as_view()),
    path("orders", views.OrderListView.as_view()),
    path("fast/products/<int:product_id>", views.get_product_fast),
    path("fast/orders", views.list_orders_fast),
    path("deliveries", views.DeliveryView.as_view()),
]
