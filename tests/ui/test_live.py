from dataclasses import replace

from tests.ui.conftest import begin, begin_run, walked

from leadline.ui.live import stamp


def test_the_mark_changes_with_whatever_the_page_shows(record):
    run = begin_run(record)
    turn = begin(record, run, [])
    more = record.save_checkpoint(turn, {"path": [], "remedies": [{}]})
    ended = record.abandon_turn(more)
    marks = [
        stamp(run, []),
        stamp(run, [turn]),
        stamp(run, [more]),
        stamp(run, [ended]),
        stamp(replace(run, alive=False), [ended]),
        stamp(replace(run, state="done"), [ended]),
        stamp(run, [ended], "a line"),
        stamp(run, [ended], "a line", at_work=True),
    ]
    assert len(set(marks)) == len(marks)


def test_a_sign_of_life_alone_changes_nothing(record):
    run = walked(record)
    turns = record.turns(1)
    assert stamp(run, turns) == stamp(replace(run, seen="later"), turns)


def test_a_turn_without_a_checkpoint_has_a_mark_too(record):
    run = begin_run(record)
    assert stamp(run, [replace(begin(record, run, []), checkpoint=None)])
