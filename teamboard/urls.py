"""All addresses."""

from django.urls import URLPattern, URLResolver, include, path

from teamboard.api.urls import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("git/", include("teamboard.api.gitdoor")),
    path("", include("teamboard.web.urls")),
]
