"""The application's entry in Django's registry; its label must not be ``django``."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "app.lessons.frameworks.django"
    label = "shop"
