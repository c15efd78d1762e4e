import json

from leadline.report.console import progress_bar, put, say


def test_results_go_to_stdout_and_the_rest_to_stderr(capsys):
    put("[bold]a :fish:[/]")
    say("[dim]b[/]")
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("a :fish:\n", "b\n")


def test_plain_data_are_json(capsys):
    put({"λ": [0.5, None]})
    assert json.loads(capsys.readouterr().out) == {"λ": [0.5, None]}


def test_progress_says_nothing_where_nobody_looks(capsys):
    with progress_bar("training") as count:
        count(1, 2)
    assert capsys.readouterr() == ("", "")
