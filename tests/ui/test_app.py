import sys
from html.parser import HTMLParser

import pytest
from tests.ui.conftest import HOST, HOSTILE, begin, begin_run, walked

from leadline.ui.guard import POLICY

FORM = {"origin": HOST}
WAITS = (sys.executable, "-c", "import sys, time; print(sys.argv[1:], flush=True); time.sleep(60)")


class Seen(HTMLParser):
    """What a browser would make of a text: its elements, the handlers and styles among their attributes, its words."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.inline, self.words = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.inline += [name for name, _ in attributes if name.startswith("on") or name == "style"]
        if tag == "script" and "src" not in dict(attributes):
            self.inline.append("script")

    def handle_data(self, words):
        self.words += words.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def full(client, record):
    """The page over a run that was walked."""
    walked(record)
    return client


ADDRESSES = ["/", "/runs/1", "/compare?first=1.1&second=1.2", "/compare?first=1&second=1", "/runs/7"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_names_are_only_text_and_nothing_stands_inline(full, address):
    text = full.get(address).text
    seen = Seen(text)
    assert seen.inline == []
    assert "style" not in seen.tags
    assert not {"img", "iframe", "object"} & set(seen.tags)
    assert "\u202e" not in text


def test_the_runs_of_the_record(full, record):
    begin_run(record)
    words = Seen(full.get("/").text).words
    assert "Run 1: " in words
    assert "2 turns" in words
    assert "best cv: RMSE 0.4" in words
    assert "Of 1 promised gain in this record 1 came true (100" in words
    assert words.index("Run 2: ") < words.index("Run 1: ")


def test_a_record_without_runs_says_what_makes_one(client):
    assert "leadline develop" in client.get("/").text


def test_a_run_from_turn_to_turn(full):
    seen = Seen(full.get("/runs/1").text)
    assert seen.tags.count("svg") == 2  # for a desk and for a phone
    for words in (
        "Turn 1: the start",
        "Turn 2: larger λ: ",
        "Why: high variance: larger λ acts on variance",
        "Turn 2 is the best.",
    ):
        assert words in seen.words
    assert "Δ RMSE promised" in seen.words
    assert "−0.100 [−0.120, −0.080]" in seen.words


def test_what_the_next_turn_can_be_made_with(full):
    text = full.get("/runs/1").text
    assert 'value="more units"' in text
    assert 'value="larger λ"' in text  # in turn 2 it is one more step of it
    assert 'value="more data"' not in text
    assert 'value="smaller λ"' not in text


@pytest.mark.parametrize("address", ["/runs/1/report", "/runs/1/turns/1/report"])
def test_a_report_is_served_under_its_own_digests(full, address):
    answer = full.get(address)
    policy = answer.headers["content-security-policy"]
    assert policy != POLICY
    assert policy.count("'sha256-") == 2
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert policy.removesuffix("; frame-ancestors 'none'").replace("'", "") in answer.text.replace("'", "").replace("&#39;", "")
    assert HOSTILE not in answer.text


def test_two_turns_are_compared(full):
    words = Seen(full.get("/compare?first=1.1&second=1.2").text).words
    assert "hyperparameters.lambda" in words
    assert "Turn 1.1" in words
    assert "RMSE" in words or "Root mean squared error" in words


WRONG = {
    "GET /runs/7": 404,
    "GET /runs/7/report": 404,
    "GET /runs/7/stamp": 404,
    "GET /runs/1/turns/9/report": 404,
    "GET /runs/-1": 404,
    "GET /runs/99999999999999999999": 404,
    "GET /runs/one": 404,
    "GET /compare": 404,
    "GET /compare?first=1.1": 404,
    "GET /compare?first=../etc&second=1": 404,
    "GET /static/": 404,
    "GET /static/run.html": 404,
    "GET /static/../app.py": 404,
    "GET /static/..%2fapp.py": 404,
    "GET /static/%2e%2e/%2e%2e/app.py": 404,
    "GET /../../../etc/passwd": 404,
    "GET /nothing": 404,
    "POST /": 405,
    "POST /runs/1": 405,
    "PUT /runs/1": 405,
    "DELETE /runs/1": 405,
    "GET /runs/1/next": 405,
    "GET /runs/1/stop": 405,
    "POST /runs/7/next": 409,
    "POST /static/ui.js": 405,
}


@pytest.mark.parametrize(("asked", "status"), WRONG.items(), ids=list(WRONG))
def test_what_is_no_address_of_it(full, asked, status):
    method, _, address = asked.partition(" ")
    answer = full.request(method, address, headers=FORM, content=b"" if method == "POST" else None)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize("name", ["report.css", "report.js", "ui.css", "ui.js"])
def test_style_and_script_come_from_the_page_itself(full, name):
    answer = full.get(f"/static/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css" if name.endswith("css") else "text/javascript")
    assert "http" not in answer.text


def test_a_stranger_sees_nothing(stranger, record):
    walked(record)
    for address in ("/", "/runs/1", "/runs/1/stamp", "/static/ui.js", "/nothing"):
        answer = stranger.get(address)
        assert answer.status_code == 403
        assert "Run 1" not in answer.text


def test_the_next_turn_is_started_by_a_form_of_the_page_alone(full, starter):
    starter.program = WAITS
    form = {"remedy": "more units"}
    assert full.post("/runs/1/next", data=form).status_code == 403
    assert full.get("/runs/1/next", params=form).status_code == 405
    assert not starter.processes
    assert full.post("/runs/1/next", data=form, headers=FORM).headers["location"] == "/runs/1"
    assert starter.is_running(1)
    assert full.post("/runs/1/next", data=form, headers=FORM).status_code == 409  # it goes on already
    text = full.get("/runs/1").text
    assert ">Stop</button>" in text
    assert "Between turns" in text  # the process starts, and the record does not know it yet
    assert "Start this turn" not in text
    assert full.post("/runs/1/stop", headers=FORM, data={"": ""}).status_code == 303
    assert not starter.is_running(1)


@pytest.mark.parametrize("remedy", [None, "", "more data", "smaller λ", "; rm -rf /", "--help", HOSTILE])
def test_what_is_no_remedy_starts_nothing(full, starter, remedy):
    answer = full.post("/runs/1/next", data={} if remedy is None else {"remedy": remedy}, headers=FORM)
    assert answer.status_code in (409, 411)
    assert not starter.processes


def test_a_run_of_unknown_data_offers_no_start(client, record, starter):
    walked(record, source=None)
    assert "leadline.develop(…, run=1" in client.get("/runs/1").text
    assert client.post("/runs/1/next", data={"remedy": "more units"}, headers=FORM).status_code == 409
    assert not starter.processes


def test_a_run_under_way_shows_how_far_it_is_and_another_mark_once_it_says_more(client, record):
    run = begin_run(record)
    turn = begin(record, run, [])
    first = client.get("/runs/1").text
    assert "Its curves are being trained." in first
    assert "value=" not in first  # how far that is, is not known
    assert 'action="/compare"' not in first
    marks = [client.get("/runs/1/stamp").json()["stamp"] for _ in range(2)]
    assert marks[0] == marks[1]
    assert f'data-stamp="{marks[0]}"' in first
    record.save_checkpoint(turn, {"path": [], "remedies": [{}] * 3})
    assert client.get("/runs/1/stamp").json()["stamp"] != marks[0]
    later = client.get("/runs/1").text
    assert "3 of 12 remedies are measured." in later
    assert '<progress max="12" value="3"' in later
    assert client.post("/runs/1/next", data={"remedy": "more units"}, headers=FORM).status_code == 409


def test_a_run_that_was_left_can_go_on(client, record, starter):
    starter.program = WAITS
    run = begin_run(record)
    begin(record, run, [])
    record.__exit__(None, None, None)
    text = client.get("/runs/1").text
    assert ">Go on</button>" in text
    assert "running" not in Seen(text).words
    assert client.post("/runs/1/next", data={"remedy": "more units"}, headers=FORM).status_code == 409
    assert client.post("/runs/1/next", data={"": ""}, headers=FORM).status_code == 303
    starter.end_all()


def test_what_it_started_ends_with_it(record, starter, client):
    walked(record)
    starter.program = WAITS
    with client:
        client.post("/runs/1/next", data={"remedy": "more units"}, headers=FORM)
        assert starter.is_running(1)
    assert not starter.is_running(1)


def test_a_record_that_is_gone_is_said_and_breaks_nothing(full, record):
    path = record.database.path
    path.rename(path.with_name("elsewhere.db"))
    answer = full.get("/")
    path.with_name("elsewhere.db").rename(path)
    assert answer.status_code == 409
    assert "leadline.db" in answer.text
