"""A real browser, Debian's Chromium, with a page of it that writes down all that must not happen."""

import os
import shutil
from dataclasses import dataclass, field

import pytest

WIDTHS = {"desk": 1440, "phone": 360}


@dataclass
class Looked:
    """A page in a browser, and what it did: messages, errors, dialogs, and requests for anything but its own file."""

    page: object
    address: str
    console: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    dialogs: list = field(default_factory=list)
    requests: list = field(default_factory=list)

    def check(self):
        assert (self.console, self.errors, self.dialogs, self.requests) == ([], [], [], [])


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("There is no chromium on the path; scripts/chromium.sh installs it, or CHROMIUM names it.")
    with sync_playwright() as play:
        # As root, and in a container, Chromium's own sandbox does not start; all that is opened here is written by the tests.
        started = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def look(browser):
    """Opens a file: `look(path, "phone", dark=True)`."""
    contexts = []

    def look(path, where="desk", *, dark=False):
        size = {"width": WIDTHS[where], "height": 800}
        context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light", has_touch=where == "phone")
        contexts.append(context)
        looked = Looked(context.new_page(), path.as_uri())
        looked.page.on("console", lambda message: looked.console.append(message.text))
        looked.page.on("pageerror", lambda error: looked.errors.append(str(error)))
        looked.page.on("dialog", lambda dialog: (looked.dialogs.append(dialog.message), dialog.dismiss()))
        looked.page.on("request", lambda request: _note(looked, request.url))
        looked.page.goto(looked.address)
        return looked

    yield look
    for context in contexts:
        context.close()


def _note(looked, address):
    if address != looked.address and not address.startswith("data:"):
        looked.requests.append(address)
