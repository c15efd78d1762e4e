from rich.console import Console

from leadline.report.progress import progress_bar


def test_it_is_on_stderr_and_on_a_terminal_alone(capsys, monkeypatch):
    with progress_bar("training") as progress:
        progress(1, 2)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(Console, "is_terminal", True)
    with progress_bar("training") as progress:
        progress(1, 2)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "training" in shown.err
