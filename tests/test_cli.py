import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points

import numpy as np
import onnxruntime
import polars as pl
import pytest
from typer.testing import CliRunner

from leadline.cli import app, main
from leadline.data.split import split
from leadline.data.table import read_table
from leadline.develop.diagnosis import diagnose
from leadline.files.loading import load

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
HOUSES = pl.DataFrame(
    {
        "size": X[:, 0],
        "age": X[:, 1],
        "distance": X[:, 2],
        "price": 7 + 2 * X[:, 0] - X[:, 1],
        "sold": np.where(X[:, 0] + X[:, 1] > 0, "yes", "no"),
    }
).with_columns(pl.selectors.float().round(4))


def _csv(frame):
    return frame.write_csv()


def _with_gaps(column):
    values = HOUSES[column].to_list()
    return HOUSES.with_columns(pl.Series(column, [None if i % 7 == 0 else value for i, value in enumerate(values)]))


FILES = {
    "houses.csv": _csv(HOUSES.drop("sold")),
    "[red] :fish:.csv": _csv(HOUSES.drop("sold")),
    "sold.csv": _csv(HOUSES.drop("price")),
    "empty.csv": "",
    "header.csv": "size,price\n",
    "one_class.csv": _csv(HOUSES.with_columns(sold=pl.lit("yes"))),
    "gaps.csv": _csv(_with_gaps("price").drop("sold")),
    "nine.csv": _csv(HOUSES[:9]),
    "ragged.csv": "size,price\n1,2\n3\n",
    "latin.csv": "größe,price\n1,2\n".encode("latin-1"),
    "text.csv": "size,price\n" + "\n".join(f"{i},{'abc'[i % 3]}" for i in range(60)) + "\n",
    "hostile.csv": "\x1b[2Jsize,[red]price\n" + "\n".join(f"{i},{i / 7}" for i in range(60)) + "\n",
    "twice.csv": "size,size,price\n1,2,3\n",
    "huge.csv": "size,price\n1,2\n1e300,3\n",
    "row.csv": "size,price\n1,2\n",
    "rare.csv": _csv(HOUSES.with_columns(sold=pl.Series(["maybe", *HOUSES["sold"][1:]]))),
    "picture.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with tables, in which nothing else may appear."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    HOUSES.drop("price").write_parquet(tmp_path / "sold.parquet")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    yield tmp_path
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def _process(*arguments, **variables):
    """The same in a process of its own."""
    command = [sys.executable, "-c", "from leadline.cli import main; main()", *arguments]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"} | variables
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=300, check=False)


def _without_seconds(found):
    """A diagnosis without how long its parts took, which is another each time."""
    for part in (found, *found["remedies"]):
        part.pop("seconds")
    return found


# (name, arguments after `diagnose`, what the message says)
REFUSED = [
    ("no such file", ["none.csv", "--target", "price"], "There is no file none.csv"),
    ("a folder", ["sub", "--target", "price"], "sub is a folder"),
    ("a picture", ["picture.png", "--target", "price"], "no table"),
    ("no target named", ["houses.csv"], "--target COLUMN. It has: size, age, distance, price"),
    ("no such column", ["houses.csv", "--target", "pice"], "Unknown column 'pice'. Did you mean 'price'"),
    ("a target without a table", ["--target", "price"], "no table was given"),
    ("empty", ["empty.csv", "--target", "price"], "empty.csv is empty"),
    ("header only", ["header.csv", "--target", "price"], "no rows"),
    ("one class", ["one_class.csv", "--target", "sold"], "one value only (yes) in all 150 rows"),
    ("target missing", ["gaps.csv", "--target", "price"], "missing in 22 of 150 rows"),
    ("a name that clears the screen", ["hostile.csv", "--target", "price"], "Known: ?[2Jsize, [red]price"),
    ("nine rows", ["nine.csv", "--target", "price"], "There are 9 rows"),
    ("ragged", ["ragged.csv", "--target", "price"], "line 3: 1 cells where the header has 2"),
    ("a column twice", ["twice.csv", "--target", "price"], "'size' stands more than once"),
    ("beyond float32", ["huge.csv", "--target", "price"], "column 'size' has values beyond float32's range of ±3.4e38 (row 1)"),
    ("one row", ["row.csv", "--target", "price"], "There is 1 row; at least 10"),
    ("a class of one", ["rare.csv", "--target", "sold"], "too small to be split in train, cv and test: 'maybe' (1)"),
    ("not utf-8", ["latin.csv", "--target", "price"], "not UTF-8"),
    ("layers", ["houses.csv", "--target", "price", "--layers", "25;15"], "25,15. Got '25;15'"),
    ("no units", ["houses.csv", "--target", "price", "--layers", "25,0"], "at least one unit"),
    ("units without end", ["houses.csv", "--target", "price", "--layers", "100000000"], "side by side would take"),
    ("units below 0", ["houses.csv", "--target", "price", "--layers=-3"], "at least one unit"),
    ("metric misspelt", ["houses.csv", "--target", "price", "--metric", "rsme"], "Did you mean 'rmse'"),
    ("metric of classes", ["houses.csv", "--target", "price", "--metric", "error"], "Known: cost, mae, rmse"),
    ("task misspelt", ["houses.csv", "--target", "price", "--task", "regresion"], "Did you mean 'regression'"),
    ("not two classes", ["houses.csv", "--target", "price", "--task", "binary"], "distinct values"),
    ("no numbers", ["text.csv", "--target", "price", "--task", "regression"], "holds text"),
    ("baseline in per cent", ["sold.csv", "--target", "sold", "--baseline", "10.6"], "0.106 is 10.6 %"),
    ("baseline NaN", ["houses.csv", "--target", "price", "--baseline", "nan"], "finite number"),
    ("baseline below 0", ["houses.csv", "--target", "price", "--baseline=-1"], "at least 0"),
    ("no epochs", ["houses.csv", "--target", "price", "--epochs", "0"], "at least 1 epoch"),
    ("seed too large", ["houses.csv", "--target", "price", "--seed", "4294967296"], "Seeds lie between"),
]


@pytest.mark.parametrize(("arguments", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_diagnosed_is_one_message_on_stderr(arguments, message, folder, run):
    status, out, err = run("diagnose", *arguments)
    assert status == 2
    assert out == ""
    assert err.startswith("leadline: ")
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


# (name, arguments): what the parser refuses, by itself
MISUSED = [
    ("unknown option", ["diagnose", "--taget", "price"]),
    ("unknown command", ["diagnos"]),
    ("no number", ["diagnose", "--epochs", "many"]),
    ("negative seed", ["diagnose", "houses.csv", "--target", "price", "--seed=-1"]),
    ("too many tables", ["diagnose", "houses.csv", "sold.csv"]),
]


@pytest.mark.parametrize("arguments", [case[1] for case in MISUSED], ids=[case[0] for case in MISUSED])
def test_misuse_is_said_on_stderr(arguments, folder, run):
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert "Usage" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_the_command(flag):
    shown = CliRunner().invoke(app, [flag])
    assert shown.exit_code == 0
    assert "diagnose" in shown.stdout
    assert "bias" in shown.stdout


def test_help_of_diagnose_names_every_option():
    shown = CliRunner().invoke(app, ["diagnose", "--help"], env={"COLUMNS": "100"})
    assert shown.exit_code == 0
    for option in ("--target", "--layers", "--baseline", "--metric", "--task", "--epochs", "--seed", "--json"):
        assert option in shown.stdout


def test_the_digits_are_diagnosed_without_a_table(folder):
    shown = CliRunner().invoke(app, ["diagnose", "--epochs", "2", "--no-remedies"])
    assert shown.exit_code == 0, shown.exception
    assert "leadline diagnose · handwritten digits" in shown.stdout
    assert "64 → 25 → 15 → 10" in shown.stdout
    assert "1,797 rows, 64 features; target digit: 10 classes" in shown.stdout
    assert "Verdict: high bias" in shown.stdout
    assert "Next step: " in shown.stdout
    assert max(map(len, shown.stdout.split("\n"))) <= 80
    assert "\x1b" not in shown.stdout


def test_a_csv_file_of_numbers_whatever_its_name(folder, run):
    status, out, err = run(
        "diagnose", "[red] :fish:.csv", "--target", "price", "--no-remedies", "--epochs", "2", "--baseline", "0.5"
    )
    assert (status, err) == (0, "")
    assert "leadline diagnose · [red] :fish:.csv" in out
    assert "target price: a number" in out
    assert "3 → 25 → 15 → 1" in out
    assert "given" in out
    assert "sealed" in out
    assert "Verdict: " in out


def test_a_parquet_file_and_its_csv_give_the_same_json_and_nothing_else(folder, run):
    found = {}
    for name in ("sold.parquet", "sold.csv"):
        status, out, err = run("diagnose", name, "--target", "sold", "--no-remedies", "--epochs", "2", "--layers", "", "--json")
        assert (status, err) == (0, "")
        found[name] = _without_seconds(json.loads(out))
        assert out.startswith("{")
        assert out.endswith("}\n")
    assert found["sold.parquet"] == found["sold.csv"]
    assert found["sold.csv"]["data"]["target"] | {"reason": ""} == {
        "name": "sold", "kind": "binary", "classes": ["no", "yes"], "reason": ""
    }  # fmt: skip
    assert found["sold.csv"]["metric"] == "error"
    assert found["sold.csv"]["budget"]["epochs"] == 2
    assert not any(isinstance(value, float) and not np.isfinite(value) for value in found["sold.csv"]["gaps"]["bias"].values())


def test_progress_is_on_stderr_even_where_that_is_a_terminal(folder, run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    status, out, err = run("diagnose", "sold.csv", "--target", "sold", "--no-remedies", "--epochs", "2", "--layers", "", "--json")
    assert status == 0
    json.loads(out)
    assert "training" in err


def test_rows_without_a_target_are_left_out_on_request(folder, run):
    status, out, _ = run(
        "diagnose", "gaps.csv", "--target", "price", "--drop-missing", "--no-remedies", "--epochs", "2", "--layers", "", "--json"
    )
    assert status == 0
    found = json.loads(out)
    assert sum(found["data"]["rows"].values()) == 150 - 22
    assert any("22 of 150 rows left out" in note for note in found["data"]["notes"])


def test_the_command_and_the_library_say_the_same_in_processes_of_their_own(folder):
    shown = _process(
        "diagnose", "sold.csv", "--target", "sold", "--no-remedies", "--epochs", "2", "--layers", "", "--seed", "3", "--json"
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
    found = json.loads(shown.stdout)
    library = diagnose(
        None, split(read_table("sold.csv"), target="sold", seed=3), layers=(), epochs=2, seed=3, remedies=False
    ).to_dict()
    assert found["seconds"] > 0
    assert _without_seconds(found) == _without_seconds(json.loads(json.dumps(library)))


def test_a_process_that_is_refused_leaves_a_status_and_no_traceback(folder):
    shown = _process("diagnose", "houses.csv", "--target", "pice")
    assert shown.returncode == 2
    assert shown.stdout == ""
    assert shown.stderr.startswith("leadline: houses.csv: Unknown column 'pice'. Did you mean 'price'")
    assert shown.stderr.count("\n") == 1


def test_a_chart_is_written_even_where_its_characters_cannot_be(folder):
    arguments = ["diagnose", "sold.csv", "--target", "sold", "--no-remedies", "--epochs", "2", "--layers", ""]
    shown = _process(*arguments, PYTHONIOENCODING="ascii")
    assert shown.returncode == 0, shown.stderr
    assert "Verdict: " in shown.stdout


def test_help_is_shown_by_a_process_and_by_no_arguments_at_all():
    shown, bare = _process("--help"), _process()
    assert shown.returncode == 0
    assert "diagnose" in shown.stdout
    assert "diagnose" in bare.stdout + bare.stderr


def test_the_script_is_the_tested_entry():
    (script,) = entry_points(group="console_scripts", name="leadline")
    assert script.load() is main


@pytest.fixture(scope="module")
def developed(tmp_path_factory):
    """A folder in which `leadline develop` was run."""
    folder = tmp_path_factory.mktemp("developed")
    for name in ("houses.csv", "sold.csv"):
        (folder / name).write_text(FILES[name])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        arguments = ["houses.csv", "--target", "price", "--budget", "0.01s", "--layers", "", "--epochs", "4", "--folds", "0"]
        shown = CliRunner().invoke(app, ["develop", *arguments], env={"COLUMNS": "80"})
    assert shown.exit_code == 0, shown.output
    return folder, shown


@pytest.fixture
def within(developed, monkeypatch):
    monkeypatch.chdir(developed[0])
    return developed[0]


def test_develop_tells_the_turns_and_leaves_a_record_and_a_model(developed):
    folder, shown = developed
    assert "leadline develop · houses.csv" in shown.stdout
    assert "Stopped after 1 turn: the budget was spent." in shown.stdout
    assert "leadline open-test 1" in shown.stderr
    assert {path.name for path in folder.iterdir()} >= {"leadline.db", "leadline-run-1.leadline"}


def test_every_turn_is_written_to_mlflow_too_and_a_store_that_fails_stops_nothing(within, tmp_path, run):
    mlflow = pytest.importorskip("mlflow")
    arguments = ["houses.csv", "--target", "price", "--budget", "0.01s", "--layers", "", "--epochs", "4", "--folds", "0"]
    kept = ["--record", str(tmp_path / "leadline.db"), "--mlflow"]
    status, _, err = run("develop", *arguments, *kept, "nothing://here")
    assert status == 0
    assert "MLflow: The MLflow store nothing://here cannot be used" in err
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    assert run("develop", *arguments, *kept, uri)[0] == 0
    client = mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)
    home = client.get_experiment_by_name("leadline").experiment_id
    assert sorted(entry.data.tags["mlflow.runName"] for entry in client.search_runs([home])) == ["2.1 the start", "develop 2"]


def test_its_model_predicts_a_tables_rows_by_the_names_of_its_columns(within, run):
    new = HOUSES.select("distance", "age", "size")[:5]
    new.write_csv("new.csv")
    status, out, _ = run("predict", "leadline-run-1.leadline", "new.csv")
    lines = out.splitlines()
    assert (status, lines[0], len(lines)) == (0, "price", 6)
    status, _, err = run("predict", "leadline-run-1.leadline", "new.csv", "--out", "told.csv")
    assert status == 0
    assert (within / "told.csv").read_text() == out
    HOUSES.select("age").write_csv("short.csv")
    status, _, err = run("predict", "leadline-run-1.leadline", "short.csv")
    assert status == 2
    assert "size" in err


def test_the_record_is_listed_shown_and_compared(within, run):
    assert "houses.csv" in run("runs")[1]
    assert "the start" in run("show", "1")[1]
    assert json.loads(run("show", "1", "--json")[1])["turns"][0]["verdict"]
    assert "do not differ" in run("compare", "1", "1.1")[1]


# (arguments, what the message says)
WRONG = [
    (["show", "9"], "no run 9"),
    (["compare", "1.7", "1"], "no turn 7"),
    (["compare", "one", "1"], "RUN or RUN.TURN"),
    (["runs", "--record", "other.db"], "There is no record other.db"),
    (["open-test", "3"], "no run 3"),
    (["open-test", "1", "--model", "houses.csv"], "houses.csv"),
    (["predict", "houses.csv", "houses.csv"], "houses.csv"),
    (["develop", "houses.csv", "--target", "price", "--budget", "soon"], "A budget is a time"),
    (["develop", "--groups", "size"], "no table was given"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(case[0]) for case in WRONG])
def test_what_cannot_be_done_is_one_message(arguments, message, within, run):
    before = {path.name for path in within.iterdir()}
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
    assert {path.name for path in within.iterdir()} == before


def test_the_next_turn_is_made_with_a_remedy_of_the_best(within, run, tmp_path):
    shutil.copy("leadline.db", tmp_path)
    record = str(tmp_path / "leadline.db")
    before = run("show", "1", "--record", record, "--json")[1]
    status, out, err = run("next", "1", "lower learning rate", "--record", record)
    assert status == 0, err
    after = json.loads(run("show", "1", "--record", record, "--json")[1])["turns"]
    assert len(after) == len(json.loads(before)["turns"]) + 1
    assert "the turn that was asked for was made" in " ".join(out.split())
    assert (tmp_path / "leadline-run-1.leadline").exists()
    status, out, err = run("next", "1", "lower lerning rate", "--record", record)
    assert (status, out) == (2, "")
    assert "Unknown remedy for the next turn" in err


@pytest.mark.parametrize("on", [[], ["--no-browser"], ["--browser"]])
def test_the_page_tells_its_address_and_opens_a_browser_where_it_should(within, run, monkeypatch, on):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("leadline.ui.serve.serve", lambda book, port, tell: tell(f"http://127.0.0.1:{port}/?token=x"))
    status, out, err = run("ui", "--port", "0", *on)
    assert (status, out) == (0, "http://127.0.0.1:0/?token=x\n")
    assert "Ctrl-C" in err
    assert opened == (["http://127.0.0.1:0/?token=x"] if on == ["--browser"] else [])  # stdout is no terminal here


def test_the_page_of_no_record_is_refused(folder, run):
    status, out, err = run("ui")
    assert (status, out) == (2, "")
    assert "There is no record leadline.db" in err


def test_the_test_is_opened_once_for_a_run(within, run):
    status, out, _ = run("open-test", "1")
    assert status == 0
    assert "on 30 examples" in out
    status, _, err = run("open-test", "1")
    assert status == 2
    assert "opened before" in err
    assert run("open-test", "1", "--again")[0] == 0


def test_of_changed_data_the_test_is_not_opened(within, run):
    table = (within / "houses.csv").read_text()
    (within / "houses.csv").write_text(table.replace(table.splitlines()[5], table.splitlines()[6], 1))
    status, _, err = run("open-test", "1", "--again")
    (within / "houses.csv").write_text(table)
    assert status == 2
    assert "have changed since" in err


def test_a_report_is_written_where_it_is_asked_for(folder, run, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "houses.html"
    status, shown, _ = run("diagnose", "houses.csv", "--target", "price", "--epochs", "2", "--no-remedies", "--report", str(out))
    text = out.read_text(encoding="utf-8")
    assert status == 0
    assert "Verdict:" in shown
    assert ">houses.csv</h1>" in text
    assert "leadline diagnose houses.csv --target price" in text


def test_its_model_goes_to_onnx_with_its_columns_as_inputs(within, run):
    status, out, err = run("export", "leadline-run-1.leadline", "--to", "onnx")
    assert (status, out) == (0, "")
    assert "The model is in leadline-run-1.onnx." in err
    session = onnxruntime.InferenceSession(within / "leadline-run-1.onnx")
    columns = [port.name for port in session.get_inputs()]
    assert set(columns) == {"size", "age", "distance"}
    (told,) = session.run(None, {name: HOUSES[name].cast(float).to_numpy() for name in columns})
    expected = load(within / "leadline-run-1.leadline").predict(HOUSES)
    assert np.abs(told / expected - 1).max() <= 1e-5
    status, _, err = run("export", "leadline-run-1.leadline", "--to", "pickle")
    assert (status, err) == (2, "leadline: Unknown format to export to 'pickle'. Known: onnx.\n")
    assert not (within / "leadline-run-1.pickle").exists()
