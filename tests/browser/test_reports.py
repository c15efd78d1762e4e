"""Reports as a person opens them: in a browser, on a desk and on a phone."""

import itertools

import numpy as np
import polars as pl
import pytest

import leadline as ll
from leadline.data.datasets import digits

pytestmark = pytest.mark.browser
RANDOM = np.random.default_rng(0)
NAMES = [
    "</script><script>window.hostile = 1</script>",
    "<img src=x onerror='window.hostile = 2'>",
    '"><svg onload="window.hostile = 3">',
    "\u202egnp.exe",
    "שלום العربية",
    "🐟 👩\u200d👩\u200d👧",
    "{{ 7 * 7 }} $\\frac{a}{b}$",
    "unbroken" * 20,
]
CLASSES = ["</td></table><script>window.hostile = 4</script>", "العربية", "🐟\u202e", "<b onclick='window.hostile = 5'>x</b>"]
REPORTS = ("digits", "houses", "signals", "hostile")


def _digits(**quick):
    data = digits()
    rows = slice(0, 400)
    split = ll.split(data.X[rows], data.y[rows], features=data.feature_names)
    return ll.diagnose(None, split, layers=(8,), epochs=4, seeds=2, **quick)


def _houses():
    """Numbers to predict, some of them missing, and a category: a table like California's."""
    X = RANDOM.normal(size=(300, 3))
    price = 200_000 + 50_000 * X[:, 0] - 20_000 * X[:, 1] ** 2
    places = np.array(["inland", "near the bay", "near the ocean"])[RANDOM.integers(0, 3, 300)]
    table = pl.DataFrame({"income": X[:, 0], "age": X[:, 1], "rooms": X[:, 2], "proximity": places, "price": price})
    table = table.with_columns(rooms=pl.when(pl.col("age") > 1).then(None).otherwise(pl.col("rooms")))
    return ll.diagnose(None, ll.split(table, target="price"), layers=(8,), epochs=4, seeds=2)


def _signals():
    X = RANDOM.normal(size=(120, 250, 1)).cumsum(axis=1).astype(np.float32)
    return ll.diagnose(None, ll.split(X, np.arange(120) % 2), layers=(), epochs=2, seeds=2, remedies=False)


def _hostile():
    columns = {name: RANDOM.normal(size=240) for name in NAMES}
    labels = [CLASSES[place] for place in (2 * np.abs(columns[NAMES[0]])).astype(int) % 4]
    table = pl.DataFrame(columns | {"kind": [NAMES[place % 3] for place in range(240)], "<target>": labels})
    return ll.diagnose(None, ll.split(table, target="<target>"), layers=(4,), epochs=4, seeds=2, remedies=False)


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    made = {"digits": _digits(), "houses": _houses(), "signals": _signals(), "hostile": _hostile()}
    for name, found in made.items():
        title = NAMES[0] + NAMES[3] if name == "hostile" else name
        found.save(folder / f"{name}.html", title=title, command=f"leadline diagnose {title}")
    return {name: folder / f"{name}.html" for name in REPORTS}


@pytest.mark.parametrize("where", ["desk", "phone"])
@pytest.mark.parametrize("name", REPORTS)
def test_a_report_opens_and_does_nothing_else(files, look, name, where):
    looked = look(files[name], where)
    page = looked.page
    page.wait_for_timeout(200)
    looked.check()
    assert page.evaluate("window.hostile") is None
    assert page.evaluate("document.scripts.length") == 1
    assert page.locator("h2").count() >= 8


VISIBLE_TEXTS = """() => [...document.querySelectorAll('.chart')].filter(one => one.offsetParent).map(chart =>
    [...chart.querySelectorAll('text')].map(text => {
        const box = text.getBoundingClientRect();
        return [text.textContent, box.left, box.top, box.right, box.bottom];
    }))"""


@pytest.mark.parametrize("where", ["desk", "phone"])
@pytest.mark.parametrize("name", REPORTS)
def test_nothing_overlaps_and_nothing_sticks_out(files, look, name, where):
    page = look(files[name], where).page
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    sections = page.evaluate("[...document.querySelectorAll('section')].map(one => one.getBoundingClientRect().toJSON())")
    assert all(above["bottom"] <= below["top"] for above, below in itertools.pairwise(sections))
    charts = page.evaluate(VISIBLE_TEXTS)
    assert len(charts) >= 4
    for texts in charts:
        for (one, *a), (other, *b) in itertools.combinations(texts, 2):
            across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            assert across < 2 or down < 4, (one, other)
        assert all(box[0] >= 0 and box[2] <= page.viewport_size["width"] for _, *box in texts)


@pytest.mark.parametrize("where", ["desk", "phone"])
def test_one_size_of_each_chart_is_shown(files, look, where):
    page = look(files["digits"], where).page
    wide, narrow = (page.locator(f".chart.{size}").first.is_visible() for size in ("wide", "narrow"))
    assert (wide, narrow) == ((True, False) if where == "desk" else (False, True))


def bring_into_view(mark):
    """Scrolls to a mark, and waits for the frame in which the page hears of it and hides what a pointer was shown."""
    mark.scroll_into_view_if_needed()
    mark.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_a_pointer_is_shown_the_numbers(files, look):
    looked = look(files["houses"])
    page = looked.page
    tip, marks = page.locator("#tip"), page.locator(".chart.wide [data-tip]")
    assert not tip.is_visible()
    assert marks.count() > 20
    assert page.locator(".chart title").count() == 0  # else a browser would show them a second time
    mark = page.locator(".chart.wide [data-tip^='λ = 0.04']")
    bring_into_view(mark)
    mark.hover(force=True)
    assert tip.is_visible()
    assert tip.inner_text() == mark.get_attribute("data-tip")
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    looked.check()


def test_a_finger_is_shown_the_numbers_within_the_screen(files, look):
    page = look(files["digits"], "phone").page
    mark = page.locator(".chart.narrow [data-tip^='λ = 10']")
    bring_into_view(mark)
    mark.tap(force=True)
    tip = page.locator("#tip")
    assert tip.is_visible()
    box = tip.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360


def test_every_table_opens_by_mouse_and_by_keyboard(files, look):
    page = look(files["digits"]).page
    toggles = page.locator("summary")
    assert toggles.count() >= 6
    for place in range(toggles.count()):
        table = page.locator("details").nth(place).locator("table").first
        assert not table.is_visible()
        if place % 2:
            toggles.nth(place).click()
        else:
            toggles.nth(place).focus()
            page.keyboard.press("Enter")
        assert table.is_visible()


def test_the_first_stop_of_the_keyboard_leads_past_the_head(files, look):
    page = look(files["digits"]).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the report"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_dark_is_dark_and_paper_is_white(files, look):
    def brightness(page):
        red, green, blue = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        return (red + green + blue) / 765

    assert brightness(look(files["digits"]).page) > 0.9
    page = look(files["digits"], dark=True).page
    assert brightness(page) < 0.2
    page.emulate_media(media="print")
    assert brightness(page) > 0.9


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_sticks_out_of_a_sheet_of_paper(files, look, name):
    page = look(files[name]).page
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 900})  # A4 within margins of 15 mm, in CSS pixels
    assert page.evaluate("document.documentElement.scrollWidth") <= 680  # else a browser shrinks every sheet


def test_the_worst_digits_are_pictures_that_load(files, look):
    page = look(files["digits"]).page
    sizes = page.evaluate("[...document.images].map(one => [one.naturalWidth, one.naturalHeight])")
    assert sizes == [[8, 8]] * 10


def test_what_is_put_into_the_page_later_does_not_run(files, look):
    looked = look(files["digits"])
    page = looked.page
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.hostile = 9';
        document.body.append(script);
        const image = document.createElement('img');
        image.src = 'https://example.org/x.png';
        document.body.append(image);
    }""")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hostile") is None
    assert any("Content Security Policy" in message for message in looked.console)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", REPORTS)
def test_a_checker_of_accessibility_finds_no_serious_fault(files, look, name, dark):
    from axe_playwright_python.sync_playwright import Axe

    context_page = look(files[name], dark=dark).page
    context_page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(context_page).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []
