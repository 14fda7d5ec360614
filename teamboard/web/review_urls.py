"""Addresses of the change, inbox and queue pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
