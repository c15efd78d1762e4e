"""The page in Chinese over a record in English: wholly Chinese, names and symbols apart."""

import pytest
from tests.report.test_chinese import english_left, seen
from tests.ui.conftest import HOST, SOURCE, begin, begin_run, walked

from leadline.words import speaking

HOUSES = SOURCE | {"table": "houses.csv", "target": "price"}
FORM = {"origin": HOST}
NAMES = {"db", "hyperparameters", "lambda", "remedy", "run", "UTC"}


@pytest.fixture
def chinese(client, record, monkeypatch):
    """The page over a run that was walked, one that was left, and one that is under way."""
    monkeypatch.setenv("LEADLINE_LANG", "zh")
    walked(record, HOUSES, "λ = 1 instead of 0")
    run = begin_run(record, HOUSES)
    record.save_checkpoint(begin(record, run, []), {"path": [], "remedies": [{}] * 3})
    return client


ADDRESSES = {
    "/": ["运行 1：houses.csv, price", "完成", "进行中", "2 轮"],
    "/runs/1": ["第 2 轮：增大 λ：λ 由 0 改为 1", "原因：高方差（过拟合）", "Δ RMSE 预期", "有把握带来改进", 'value="larger λ"'],
    "/runs/2": ["正在走第 1 轮：", "12 种改进办法已测 3 种。"],
    "/compare?first=1.1&second=1.2": [
        "两轮的均方根误差",
        "第 1.1 轮与第 1.2 轮",
    ],
    "/compare?first=1.1&second=1.1": ["除上面所示之外没有不同。"],
    "/runs/7": ["记录里没有运行 7"],
    "/compare?first=one&second=1": ["一轮写作 RUN 或 RUN.TURN"],
    "/compare?first=2&second=1.9": ["运行 2 还没有走完的轮。"],
    "/runs/1/turns/9/report": ["运行 1 没有走完的第 9 轮。"],
    "/runs/2/report": ["还没有走完的轮，无法给出报告"],
    "/nothing": ["这个地址没有页面。"],
}


@pytest.mark.parametrize(("address", "words"), ADDRESSES.items(), ids=list(ADDRESSES))
def test_a_page_is_wholly_chinese(chinese, address, words):
    text = chinese.get(address).text
    assert '<html lang="zh">' in text
    shown = seen(text).replace("\N{NO-BREAK SPACE}", " ")
    assert [each for each in words if each not in shown + text] == []
    assert set(english_left(shown)) - NAMES - {"RUN", "TURN", "one"} == set()


def test_a_run_that_was_left_or_whose_data_are_not_known(chinese, record):
    walked(record, None, "λ = 1 instead of 0")
    record.__exit__(None, None, None)
    for address, words in (
        ("/runs/2", ["已中断", "3 种改进办法也保留着", ">继续</button>"]),
        ("/runs/3", ["请在 Python 中走这一轮"]),
    ):
        text = chinese.get(address).text
        assert [each for each in words if each not in text] == []
        assert set(english_left(seen(text))) - NAMES - {"Python"} == set()


@pytest.mark.parametrize(("address", "title"), [("/runs/1/report", "运行 1："), ("/runs/1/turns/1/report", "运行 1 第 1 轮：")])
def test_a_report_has_its_title_in_chinese(chinese, address, title):
    text = chinese.get(address).text
    assert '<html lang="zh">' in text
    assert f'<h1 dir="auto">{title}' in text


def test_what_is_refused_is_said_in_chinese(chinese, stranger, starter):
    for data, words in (({"remedy": "no remedy"}, "不能用于运行 1 的下一轮"), ({"remedy": "增大 λ"}, "不能用于运行 1 的下一轮")):
        answer = chinese.post("/runs/1/next", data=data, headers=FORM)
        assert (answer.status_code, words in answer.text) == (409, True)
    assert "无法从这里继续" in chinese.post("/runs/2/next", data={"": ""}, headers=FORM).text
    assert "只有网页本身才能这样做" in chinese.post("/runs/1/next", headers={"origin": "http://elsewhere"}).text
    assert "这个网页只能用" in stranger.get("/", headers={"host": "elsewhere"}).text
    assert "这不是本网页的令牌" in stranger.get("/?token=other").text
    stranger.cookies.clear()
    assert "其中含有令牌" in stranger.get("/").text
    assert not starter.processes


def test_a_record_that_is_gone_is_said_in_chinese(chinese, record):
    path = record.database.path
    path.rename(path.with_name("elsewhere.db"))
    text = chinese.get("/").text
    path.with_name("elsewhere.db").rename(path)
    assert "无法打开来写入" in text


def test_a_turn_that_it_starts_speaks_its_language(starter):
    starter.program = ("echo",)
    with speaking("zh"):
        starter.start(1, "larger λ")
    starter.processes[1].wait()
    assert starter.written(1).startswith("next --lang zh --record ")
