"""The review pages alone, for tests of this room."""

from django.urls import include, path

from teamboard.web import review_urls

urlpatterns = [path("", include(review_urls.urlpatterns))]
