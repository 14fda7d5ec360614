"""A browser without scripts: cookies, forms as the page shows them, and where an answer leads."""

import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from typing import IO


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer to look at."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class Browser:
    """One person's session on a board."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._open = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(CookieJar())).open

    def sign_in(self, link: str) -> None:
        """By the one-time link as it is printed; the secret stands in the fragment."""
        address, _, secret = link.split()[-1].partition("#")
        form = self.form(urllib.parse.urlsplit(address).path, "/sign-in/link/")
        assert self.post("/sign-in/link/", {**form, "secret": secret}) == "/"

    def get(self, path: str) -> str:
        with self._open(self.origin + path, timeout=30) as answer:
            return str(answer.read().decode())

    def form(self, path: str, action: str) -> dict[str, str]:
        """The fields of the form on a page that is sent to `action`, with their values."""
        reader = _Forms(action)
        reader.feed(self.get(path))
        assert reader.fields, f"no form for {action} on {path}"
        return reader.fields

    def post(self, path: str, fields: dict[str, str]) -> str:
        """Send a form; where the answer leads."""
        status, text, location = self._send(path, fields)
        assert status == 302, f"{status}: {text}"
        return location

    def refused(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        status, text, _ = self._send(path, fields)
        return status, text

    def _send(self, path: str, fields: dict[str, str]) -> tuple[int, str, str]:
        request = urllib.request.Request(self.origin + path, urllib.parse.urlencode(fields).encode())
        request.add_header("Origin", self.origin)
        try:
            with self._open(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), ""
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), error.headers.get("Location", "")


class _Forms(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.fields: dict[str, str] = {}
        self._inside, self._area = False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action", "").split("?")[0] == self.action
        elif self._inside and tag == "textarea":
            self._area = given.get("name", "")
            self.fields[self._area] = ""
        elif self._inside and tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "form":
            self._inside = False
