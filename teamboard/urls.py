"""All addresses."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt

from teamboard.api.urls import api
from teamboard.mcp.door import called


@csrf_exempt
def nothing_there(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Before the pages, so that nobody is sent on to an address with a slash at its end."""
    raise Http404


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("api/", nothing_there),
    path("api/<path:rest>", nothing_there),
    path("mcp", called),
    path("git/", include("teamboard.api.gitdoor")),
    path("", include("teamboard.web.urls")),
]
