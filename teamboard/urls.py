"""All addresses."""

from django.urls import URLPattern, URLResolver, include, path

from teamboard.api.urls import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("", include("teamboard.web.urls")),
]
