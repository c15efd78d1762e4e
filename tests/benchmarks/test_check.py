"""What fell is said."""

import json

import check
import pytest
from check import fallen, main


def write(folder, times):
    ways = [
        {"peer": "leadline", "way": "fit", "kept": True, "each_s": [1.0]},
        {"peer": "torch", "way": "default", "kept": True, "each_s": [times]},
    ]
    folder.mkdir()
    (folder / "cnn.json").write_text(json.dumps({"cnn": {"ways": ways}}))


def test_a_fifth_is_borne():
    assert fallen({"a": 1.61, "b": 1.59, "new": 0.1}, {"a": 2.0, "b": 2.0, "gone": 1.0}) == {"b": (2.0, 1.59)}


@pytest.mark.parametrize(("now", "code", "said"), [(1.7, 0, "0 fell"), (1.0, 1, "cnn, torch: 1.00×, was 2.00×")])
def test_it_ends_with_1_where_something_fell(now, code, said, tmp_path, monkeypatch, capsys):
    write(tmp_path / "before", 2.0)
    write(tmp_path / "now", now)
    monkeypatch.setattr(check, "RESULTS", tmp_path / "before")
    monkeypatch.setattr("sys.argv", ["check.py", "--measured", str(tmp_path / "now")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert said in capsys.readouterr().out
