"""Only the exact addresses of the board are answered, for pages and sockets."""

import http.client
import json

import pytest
from websockets.exceptions import InvalidStatus

from teamboard.accounts.actions import issue_token
from tests import factories
from tests.live.conftest import hear_beat, session_of


@pytest.fixture
def ask(web):
    def request(method: str = "GET", path: str = "/p/1/?a=b", **headers: str):
        to = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
        to.putrequest(method, path, skip_host=True)
        for name, value in {"host": f"127.0.0.1:{web.port}", "connection": "close", **headers}.items():
            to.putheader(name, value)
        to.endheaders()
        answer = to.getresponse()
        body = answer.read().decode()
        to.close()
        return answer, body

    return request


def test_the_boards_own_address_is_answered(ask):
    answer, body = ask()
    assert (answer.status, body) == (200, "/p/1/")


def test_a_page_of_the_board_may_write(ask, web):
    assert ask("POST", origin=web.origin)[0].status == 200


def test_a_script_without_an_origin_may_write(ask):
    assert ask("POST")[0].status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "0.0.0.0:{port}"]
)
def test_another_host_is_not_answered_and_told_where_to_go(ask, web, host):
    answer, body = ask(host=host.format(port=web.port))
    assert answer.status == 421
    assert web.origin in body


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [({"host": "evil.example"}, 421, "wrong_address"), ({"origin": "http://evil.example"}, 403, "foreign_origin")],
)
def test_below_api_a_refusal_has_the_shape_of_all_errors(ask, given, status, code):
    answer, body = ask("POST", "/api/v1/projects", **given)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    error = json.loads(body)["error"]
    assert (error["code"], error["details"], bool(error["message"])) == (code, {}, True)


def test_localhost_is_led_to_the_one_address_with_path_and_query(ask, web):
    answer, _ = ask(host=f"localhost:{web.port}")
    assert (answer.status, answer.headers["location"]) == (308, f"{web.origin}/p/1/?a=b")


def test_a_write_to_localhost_is_not_led_anywhere(ask, web):
    assert ask("POST", host=f"localhost:{web.port}")[0].status == 421


def origins(port: int) -> list[str]:
    return [
        "http://evil.example",
        "http://127.0.0.1",
        f"http://127.0.0.1:{port + 1}",
        f"https://127.0.0.1:{port}",
        f"http://localhost:{port}",
        f"http://127.0.0.1:{port}.evil.example",
        "null",
    ]


@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_origin_is_refused(ask, web, number, method):
    assert ask(method, origin=origins(web.port)[number])[0].status == 403


@pytest.mark.parametrize("number", range(7))
def test_another_origin_opens_no_socket_even_with_the_cookie(web, number):
    cookie = session_of(factories.ada())
    with pytest.raises(InvalidStatus) as refused, web.socket(cookie=cookie, origin=origins(web.port)[number]):
        pass
    assert refused.value.response.status_code == 403


def test_a_socket_without_an_origin_needs_a_token(web):
    ada = factories.ada()
    with pytest.raises(InvalidStatus), web.socket(cookie=session_of(ada), origin=None):
        pass
    _, secret = issue_token(ada, name="script")
    with web.socket(token=secret, origin=None) as script:
        hear_beat(script, joined=False)


def test_a_rebound_name_opens_no_socket(web):
    host = f"evil.example:{web.port}"
    with pytest.raises(InvalidStatus) as refused, web.socket(cookie=session_of(factories.ada()), host=host):
        pass
    assert refused.value.response.status_code == 421
