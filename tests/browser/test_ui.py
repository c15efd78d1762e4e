"""The page over a record as a person uses it: in a browser, on a desk and on a phone."""

import contextlib
import itertools
import subprocess
import sys
from types import SimpleNamespace

import pytest
from tests.ui.conftest import SOURCE, begin, begin_run, walked

from leadline.record import Record

pytestmark = pytest.mark.browser
PAGES = ("/", "/runs/1", "/runs/2", "/compare?first=1.1&second=1.2")


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A record of hostile names with a finished walk and one that is under way, and the page over it."""
    with Record.open(tmp_path_factory.mktemp("ui") / "leadline.db") as book:
        walked(book)
        turn = begin(book, begin_run(book), [])
        with opened(book) as address:
            yield SimpleNamespace(address=address, base=address.partition("/?")[0], book=book, turn=turn)


@contextlib.contextmanager
def opened(book, *options):
    """The page over a record, as the command opens it; its address."""
    command = [sys.executable, "-m", "leadline.cli", "ui", "--port", "0", "--record", str(book.database.path), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as page:
        yield page.stdout.readline().strip()
        page.terminate()


@pytest.fixture
def visit(browser, shown):
    """Opens the page: `visit("/runs/1", 360, dark=True)`; what must not happen is written down."""
    contexts = []

    def visit(address, width=1440, *, dark=False):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light")
        contexts.append(context)
        page, bad = context.new_page(), []
        page.on("console", lambda message: bad.append(message.text))
        page.on("pageerror", lambda error: bad.append(str(error)))
        page.on("request", lambda request: request.url.startswith((shown.base, "data:")) or bad.append(request.url))
        page.goto(shown.address)
        page.goto(shown.base + address)
        return page, bad

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("address", PAGES)
def test_it_opens_does_nothing_else_and_nothing_overlaps(visit, address, width):
    page, bad = visit(address, width)
    page.wait_for_timeout(100)
    assert bad == []
    assert page.evaluate("window.hostile") is None
    assert "token" not in page.url
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    parts = page.evaluate("[...document.querySelectorAll('main > section')].map(one => one.getBoundingClientRect().toJSON())")
    assert all(above["bottom"] <= below["top"] for above, below in itertools.pairwise(parts))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("address", PAGES)
def test_a_checker_of_accessibility_finds_no_serious_fault(visit, address, dark):
    from axe_playwright_python.sync_playwright import Axe

    page, _ = visit(address, dark=dark)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []


def test_by_keyboard_from_the_runs_to_a_report_and_back(visit):
    page, bad = visit("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.get_by_role("link", name="Run 1").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/1")
    page.get_by_role("link", name="Report of turn 2").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/report")
    assert page.locator("h2").count() >= 8
    page.go_back()
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare?first=1.1&second=1.2")
    assert bad == []


def test_a_pointer_is_shown_the_numbers(visit):
    page, _ = visit("/runs/1")
    page.locator(".chart.wide [data-tip^='turn 2']").hover(force=True)
    assert page.locator("#tip").inner_text().startswith("turn 2: larger λ")


def test_what_a_walk_comes_to_is_seen_without_a_reload(visit, shown):
    page, bad = visit("/runs/2")
    page.evaluate("window.stayed = true")
    assert "Its curves are being trained." in page.inner_text("main")
    shown.book.save_checkpoint(shown.turn, {"path": [], "remedies": [{}] * 5})
    page.get_by_text("5 of 12 remedies are measured.").first.wait_for()
    assert page.evaluate("window.stayed")
    assert "5 of 12" in page.locator("#said").inner_text()
    assert bad == []


def test_another_site_gets_nothing_and_starts_nothing(visit, shown, browser):
    visit("/runs/1")
    context = browser.new_context()
    stranger = context.new_page()
    assert stranger.goto(f"{shown.base}/runs/1").status == 403
    form = f"<form method='post' action='{shown.base}/runs/1/next'><button name='remedy' value='more units'>x</button></form>"
    stranger.set_content(form)
    with stranger.expect_response("**/next") as answer:
        stranger.click("button")
    assert answer.value.status == 403
    context.close()


def test_the_next_turn_is_started_by_a_button(visit, shown):
    page, bad = visit("/runs/1")
    with page.expect_response("**/runs/1/next") as answer:
        page.get_by_role("button", name="Start a turn with more units").click()
    assert answer.value.status == 303
    page.get_by_text("What the last turn that was started here wrote").wait_for(timeout=60_000)
    page.get_by_text("What the last turn that was started here wrote").click()
    page.get_by_text("There is no file").wait_for(timeout=60_000)  # the table of the record's run is gone
    assert bad == []


def test_it_speaks_chinese_from_the_runs_to_a_turn_that_it_starts(browser, tmp_path):
    with Record.open(tmp_path / "leadline.db") as book:
        walked(book, SOURCE | {"table": "houses.csv", "target": "price"}, "λ = 1 instead of 0")
        with opened(book, "--lang", "zh") as address, contextlib.closing(browser.new_context()) as context:
            page = context.new_page()
            page.goto(address)
            assert page.evaluate("document.documentElement.lang") == "zh"
            page.get_by_role("link", name="运行 1：houses.csv, price").click()
            page.get_by_role("heading", name="第 2 轮：增大 λ：λ 由 0 改为 1").wait_for()
            page.get_by_role("link", name="整次运行的报告").click()
            assert page.title().startswith("运行 1：")
            page.go_back()
            page.get_by_role("button", name="用“增加单元”开始一轮").click()
            page.get_by_text("从这里开始的上一轮所输出的内容").wait_for(timeout=60_000)
