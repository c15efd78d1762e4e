import pytest

from leadline.errors import DataError
from leadline.files.keras_settings import compile_config, settings_in
from leadline.files.settings import described_settings, settings_of
from leadline.losses import Huber
from leadline.metrics import AUC
from leadline.optimizers import Adam
from leadline.schedules import ExponentialDecay

SETTINGS = {
    "optimizer": Adam(ExponentialDecay(0.1, 9, 0.5), name="adam"),
    "loss": {"price": Huber(2.0), "kind": "mse"},
    "loss_weights": {"price": 0.5, "kind": 1.0},
    "metrics": {"price": ["mae"], "kind": [AUC(name="auc"), "accuracy"]},
}
FUNCTION = {
    "module": "builtins",
    "class_name": "function",
    "config": "mean_squared_error",
    "registered_name": "mean_squared_error",
}


def test_there_and_back():
    plain = described_settings(SETTINGS)
    theirs = compile_config(plain)
    assert theirs["loss"]["price"]["module"] == "keras.losses"
    assert theirs["optimizer"]["config"]["learning_rate"]["module"] == "keras.optimizers.schedules"
    again = settings_of(settings_in(theirs))
    assert (again["optimizer"], again["loss"], again["metrics"]) == (
        SETTINGS["optimizer"],
        SETTINGS["loss"],
        {"price": ["mae"], "kind": [AUC(name="auc"), "accuracy"]},
    )


def test_without_a_loss_there_is_nothing_to_compile():
    assert settings_in(None) is settings_in({}) is settings_in({"optimizer": "adam", "loss": None}) is None


def test_a_function_is_the_name_of_one_of_leadlines():
    found = settings_in({"optimizer": "adam", "loss": FUNCTION, "metrics": [FUNCTION], "run_eagerly": False, "jit_compile": True})
    assert (found["loss"], found["metrics"]) == ("mean_squared_error", ["mean_squared_error"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "The settings of a compile are"),
        ({"loss": "mse", "callbacks": []}, "The settings of a compile are .* Got loss, callbacks"),
        ({"loss": "mse", "weighted_metrics": ["mae"]}, r"leadline has no weighted_metrics, and the file has \['mae'\]"),
        (
            {"optimizer": "adam", "loss": {"module": "os", "class_name": "system", "config": {}}},
            "os.system is nothing that leadline",
        ),
        ({"loss": "mse", "optimizer": 3}, "An optimizer must have a name or a class. Got 3"),
    ],
)
def test_what_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        settings_in(given)
