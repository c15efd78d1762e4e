"""Who may ask the page: the browser of the person who started it, and no other program, site or user of the machine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from leadline.words import _

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["POLICY", "Guard", "Key"]

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What a browser may do with the page: nothing from elsewhere, and no script or style that stands in the text."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with none at all browsers leave out the Origin of a form, which is looked at here
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every answer, unless it says another of its own."""
MOST_BYTES = 4096
"""Of what is sent to the page: the name of a remedy."""


@dataclass(frozen=True)
class Key:
    """What opens the page.

    Attributes:
        port: Where it listens, on 127.0.0.1.
        token: What only the person who started it was told.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def address(self) -> str:
        """The address that opens it, the first time.

        Examples:
            >>> Key(8787, "secret").address
            'http://127.0.0.1:8787/?token=secret'
        """
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    @property
    def hosts(self) -> tuple[str, str]:
        """What it may be called: a name that another site leads to 127.0.0.1 is refused."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    @property
    def cookie(self) -> str:
        """The name of the cookie; cookies do not tell ports apart, so that of another page is called otherwise."""
        return f"leadline-{self.port}"

    def fits(self, token: str) -> bool:
        """Whether it is the token, in a time that does not tell how much of it is right."""
        return secrets.compare_digest(token.encode(), self.token.encode())


@dataclass(frozen=True)
class Guard:
    """An ASGI middleware that lets through what is meant for this page and comes from it.

    The name it is asked by must be its own, which keeps out sites whose name leads to this machine; a request that names where it
    comes from, as every form and script does, must come from the page itself; and it must know the token. That comes in the
    address once, and then lives in a cookie that no script reads and no other site's request carries.

    Attributes:
        app: What is guarded.
        key: What opens it.
    """

    app: ASGIApp
    key: Key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, refuses, or passes on."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await (self._answer(scope) or self.app)(scope, receive, with_headers)

    def _answer(self, scope: Scope) -> Response | None:
        """The guard's own answer; None for what may pass."""
        headers = Headers(scope=scope)
        hosts, origins, is_post = headers.getlist("host"), headers.getlist("origin"), scope["method"] == "POST"
        if len(hosts) != 1 or hosts[0] not in self.key.hosts:
            return _refusal(_("This page is only to be asked by the name that leadline ui printed."))
        if (is_post and len(origins) != 1) or any(origin != f"http://{hosts[0]}" for origin in origins):
            return _refusal(_("Only the page itself may do this."))
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if tokens and not is_post:
            if len(tokens) != 1 or not self.key.fits(tokens[0]):
                return _refusal(_("This is not the page's token. Take the address that leadline ui printed last."))
            opened = RedirectResponse("/", 303)
            opened.set_cookie(self.key.cookie, self.key.token, httponly=True, samesite="strict")
            return opened
        if not self.key.fits(_cookie(headers, self.key.cookie)):
            return _refusal(_("Open the address that leadline ui printed: it holds the token."))
        if is_post and not headers.get("content-length", "").isdecimal():
            return PlainTextResponse("Say how long it is.", 411)
        if is_post and int(headers["content-length"]) > MOST_BYTES:
            return PlainTextResponse("That is too long.", 413)
        return None


def _refusal(words: str) -> Response:
    return PlainTextResponse(words, 403)


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie("; ".join(headers.getlist("cookie"))).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
