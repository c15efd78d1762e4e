"""The records of a training."""

from leadline.training.history import History


def test_records_are_columns():
    history = History()
    history.add(3, {"loss": 1.0, "cost": 0.5})
    history.add(4, {"loss": 0.5, "cost": 0.25})
    assert history.epoch == [3, 4]
    assert history.history == {"loss": [1.0, 0.5], "cost": [0.5, 0.25]}
    assert history.messages == []
    assert History().history == {}


def test_it_is_shown_by_its_last_epoch():
    history = History()
    assert repr(history) == "History(epochs=0)"
    assert repr(History([], {"loss": []})) == "History(epochs=0)"
    for loss in (1.0, 0.123456):
        history.add(0, {"loss": loss})
    assert repr(history) == "History(epochs=2, loss=0.1235)"
