import asyncio

import pytest

from leadline.ui.guard import HEADERS, Guard, Key

PORT = 8787
HOST, COOKIE = f"127.0.0.1:{PORT}", f"leadline-{PORT}"


async def _inner(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"shown"})


def ask(method="GET", query="", *, headers=(("host", HOST), ("cookie", f"{COOKIE}=secret")), kind="http"):
    """Status, headers and text of what the guard answers, byte for byte as it was asked."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "method": method, "path": "/", "raw_path": b"/", "query_string": query.encode(), "root_path": ""}
    scope["headers"] = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    asyncio.run(Guard(_inner, Key(PORT, "secret"))(scope, None, send))
    if kind != "http":
        return sent
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent).decode()


OWN = {"host": HOST, "cookie": f"{COOKIE}=secret"}
POSTED = OWN | {"origin": f"http://{HOST}", "content-length": "12"}
LET_THROUGH = {
    "with the cookie": ("GET", OWN),
    "by its other name": ("GET", OWN | {"host": f"localhost:{PORT}"}),
    "its own script": ("GET", OWN | {"origin": f"http://{HOST}"}),
    "its own form": ("POST", POSTED),
    "among other cookies": ("GET", OWN | {"cookie": f"a=b; {COOKIE}=secret; leadline-1=other"}),
}
REFUSED = {
    "no token": ("GET", {"host": HOST}, 403),
    "another token": ("GET", OWN | {"cookie": f"{COOKIE}=secres"}, 403),
    "half of the token": ("GET", OWN | {"cookie": f"{COOKIE}=secre"}, 403),
    "a token of letters beyond ASCII": ("GET", OWN | {"cookie": f"{COOKIE}=secr\xe9t"}, 403),
    "the cookie of another port": ("GET", OWN | {"cookie": "leadline-1=secret"}, 403),
    "a cookie that is none": ("GET", OWN | {"cookie": "\x01=;;=="}, 403),
    "another host": ("GET", OWN | {"host": f"example.org:{PORT}"}, 403),
    "another port": ("GET", OWN | {"host": "127.0.0.1:1"}, 403),
    "no port": ("GET", OWN | {"host": "127.0.0.1"}, 403),
    "no host": ("GET", {"cookie": OWN["cookie"]}, 403),
    "another site's script": ("GET", OWN | {"origin": "https://example.org"}, 403),
    "another site's form": ("POST", POSTED | {"origin": "https://example.org"}, 403),
    "another port's form": ("POST", POSTED | {"origin": "http://127.0.0.1:1"}, 403),
    "its other name's form": ("POST", POSTED | {"origin": f"http://localhost:{PORT}"}, 403),
    "a form from nowhere": ("POST", POSTED | {"origin": "null"}, 403),
    "a form that does not say from where": ("POST", {name: POSTED[name] for name in POSTED if name != "origin"}, 403),
    "a form without the token": ("POST", {name: POSTED[name] for name in POSTED if name != "cookie"}, 403),
    "a form of no length": ("POST", {name: POSTED[name] for name in POSTED if name != "content-length"}, 411),
    "a form of a length that is none": ("POST", POSTED | {"content-length": "-1"}, 411),
    "a form that is too long": ("POST", POSTED | {"content-length": "5000"}, 413),
}


@pytest.mark.parametrize(("method", "headers"), LET_THROUGH.values(), ids=LET_THROUGH)
def test_what_is_meant_for_the_page_passes(method, headers):
    assert ask(method, headers=headers.items())[::2] == (200, "shown")


@pytest.mark.parametrize(("method", "headers", "status"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_is_refused(method, headers, status):
    found, sent, text = ask(method, headers=headers.items())
    assert found == status
    assert "shown" not in text
    assert "set-cookie" not in sent


def test_two_hosts_are_one_too_many():
    assert ask(headers=[("host", HOST), ("host", HOST), ("cookie", OWN["cookie"])])[0] == 403


def test_the_token_comes_in_the_address_once_and_then_lives_in_a_cookie():
    status, headers, _ = ask(query="token=secret", headers=[("host", HOST)])
    assert (status, headers["location"]) == (303, "/")
    parts = headers["set-cookie"].lower().split("; ")
    assert parts[0] == f"{COOKIE}=secret"
    assert {"httponly", "samesite=strict", "path=/"} <= set(parts)


@pytest.mark.parametrize("query", ["token=", "token=other", "token=secret&token=other", "token=other&token=secret", "token=%ff"])
def test_another_token_in_the_address_is_refused_even_with_the_cookie(query):
    assert ask(query=query)[0] == (200 if query == "token=" else 403)


def test_the_token_in_an_address_opens_no_form():
    headers = {name: POSTED[name] for name in POSTED if name != "cookie"}
    assert ask("POST", "token=secret", headers=headers.items())[0] == 403


@pytest.mark.parametrize("headers", [OWN, {"host": HOST}, OWN | {"host": "example.org"}])
def test_every_answer_says_what_a_browser_may_do(headers):
    _, sent, _ = ask(headers=headers.items())
    assert {name: sent[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in sent["content-security-policy"]
    assert "default-src 'none'" in sent["content-security-policy"]


def test_no_other_kind_of_connection_is_taken():
    assert ask(kind="websocket") == [{"type": "websocket.close", "code": 1008}]


def test_each_page_has_a_token_of_its_own_and_does_not_print_it():
    one, other = Key(1), Key(1)
    assert one.token != other.token
    assert len(one.token) >= 43
    assert one.token not in repr(one)
