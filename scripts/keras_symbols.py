"""Writes docs/keras-symbols.md: every public name of Keras, and what stands for it here. Run it after a change of either.

What is native is found by looking into leadline. Whatever is not must stand in `DOOR` or in `NOT_HERE`, or the script fails.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

PAGE = Path(__file__).parent.parent / "docs" / "keras-symbols.md"

MODULES = {
    "layers": "leadline.layers",
    "losses": "leadline.losses",
    "metrics": "leadline.metrics",
    "optimizers": "leadline.optimizers",
    "optimizers.schedules": "leadline.schedules",
    "initializers": "leadline.initializers",
    "regularizers": "leadline.regularizers",
    "constraints": "leadline.constraints",
    "callbacks": "leadline.callbacks",
    "activations": "leadline.activations",
}
"""Modules of Keras, and those that stand for them."""

DOOR = {
    "recurrent": "RNN LSTM GRU SimpleRNN LSTMCell GRUCell SimpleRNNCell StackedRNNCells ConvLSTM1D ConvLSTM2D ConvLSTM3D"
    " Bidirectional TimeDistributed Masking",
    "attention": "Attention AdditiveAttention MultiHeadAttention GroupQueryAttention",
    "sound": "MelSpectrogram STFTSpectrogram",
    "dense in another form": "EinsumDense ReversibleEmbedding SpectralNormalization",
    "code of one's own": "FlaxLayer JaxLayer Lambda",
    "pooling to a wanted size": "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D"
    " AdaptiveMaxPooling2D AdaptiveMaxPooling3D",
    "changes of pictures": "AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization RandAugment"
    " RandomColorDegeneration RandomColorJitter RandomErasing RandomGaussianBlur RandomGrayscale RandomHue"
    " RandomInvert RandomPerspective RandomPosterization RandomSaturation RandomSharpness RandomShear Solarization",
}
"""Kinds of layers that a Keras model brings along when it is wrapped with `ll.wrap`; their names."""

PLAIN_DATA = "serialize deserialize"
NOT_HERE = {
    "layers": {
        "a penalty here is a function of the weights alone, so that J stays apart from it": "ActivityRegularization",
        "needs TensorFlow, and mostly text: `leadline.data` encodes the categories of a table before training": "Hashing"
        " HashedCrossing IntegerLookup StringLookup TextVectorization",
        "runs TensorFlow, which no JAX program can contain": "TFSMLayer",
        "runs PyTorch, which no JAX program can contain": "TorchModuleWrapper",
        "mixes the targets of a batch as well, and a layer sees inputs alone": "CutMix MixUp",
        "Keras 3.15 itself fails on it in a model on JAX": "Equalization RandomElasticTransform",
        "works on bounding boxes, which no layer here passes on": "MaxNumBoundingBoxes",
        "`Sequential` holds layers in a row": "Pipeline",
        '`Activation("linear")` is the same': "Identity",
        "`Input` makes it": "InputLayer",
        "a layer says what it reads in `output_shape`, and refuses the rest there": "InputSpec",
        "a base class that computes nothing": "Wrapper",
        "the layer of the same name does it: `Add()([a, b])`": "add average concatenate dot maximum minimum multiply subtract",
        "`layer.get_config()` and `from_config` are plain data": PLAIN_DATA,
    },
    "losses": {
        "targets are sequences of another length than the outputs": "CTC ctc",
        "an example's loss depends on its batch, and so would J": "Circle circle",
        "`losses.get(name).per_example(y_true, y_pred)` gives one loss an example": "binary_crossentropy"
        " binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy"
        " categorical_hinge cosine_similarity dice hinge huber kl_divergence log_cosh"
        " mean_absolute_error mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error poisson"
        " sparse_categorical_crossentropy squared_hinge tversky",
        "`CategoricalGeneralizedCrossEntropy().per_example` gives it": "categorical_generalized_cross_entropy",
        "a loss is a frozen dataclass, and `losses.get` knows it by its name": PLAIN_DATA,
    },
    "metrics": {
        "the base class is `leadline.metric.Metric`": "Metric",
        "`metrics.get(function)` is its mean over the examples": "MeanMetricWrapper",
        "`losses.get(name).per_example(y_true, y_pred)` gives one number an example": "binary_crossentropy"
        " binary_focal_crossentropy categorical_crossentropy categorical_focal_crossentropy categorical_hinge hinge huber"
        " kl_divergence log_cosh mean_absolute_error mean_absolute_percentage_error mean_squared_error"
        " mean_squared_logarithmic_error poisson sparse_categorical_crossentropy squared_hinge",
        "the metric of the same name counts it: `init`, `update`, `result`": "binary_accuracy categorical_accuracy"
        " concordance_correlation pearson_correlation sparse_categorical_accuracy sparse_top_k_categorical_accuracy"
        " top_k_categorical_accuracy",
        "a metric is a frozen dataclass, and `metrics.get` knows it by its name": PLAIN_DATA,
    },
    "optimizers": {
        "for training in float16; `mixed_bfloat16` needs no scale": "LossScaleOptimizer",
        "`optax.multi_transform` gives groups of weights optimizers of their own, and any Optax transformation can be compiled"
        " with": "MultiOptimizer OptimizerMap",
        "an optimizer is a frozen dataclass, and `optimizers.get` knows it by its name": PLAIN_DATA,
    },
    "optimizers.schedules": {
        "the base class is `schedules.Schedule`": "LearningRateSchedule",
        "a schedule is a frozen dataclass": PLAIN_DATA,
    },
    "initializers": {
        "the kernel of `STFTSpectrogram`, which comes through the door": "STFT STFTInitializer stft",
        "an initializer is a frozen dataclass, and `initializers.get` knows it by its name": PLAIN_DATA,
    },
    "regularizers": {"a regularizer is a frozen dataclass, and `regularizers.get` knows it by its name": PLAIN_DATA},
    "constraints": {"a constraint is a frozen dataclass, and `constraints.get` knows it by its name": PLAIN_DATA},
    "callbacks": {
        "a callback never holds the model, so none writes it; `EarlyStopping(restore_best_weights=True)` keeps the best"
        " weights": "BackupAndRestore ModelCheckpoint OrbaxCheckpoint",
        "a callback never holds the weights; an optimizer with `use_ema=True` ends at their average": "SwapEMAWeights",
        "`fit` asks the callbacks it is given, in their order": "CallbackList",
        "`fit` returns it, and it is `leadline.History`": "History",
        "`fit(verbose=…)` shows progress": "ProgbarLogger",
        "nothing here sends data anywhere; a `LambdaCallback` is handed every record": "RemoteMonitor",
        "writes event files of TensorFlow; `CSVLogger` writes the records, and `History` has them": "TensorBoard",
    },
    "activations": {"an activation is a function, and `activations.get` knows it by its name": PLAIN_DATA},
}
"""Of each module: why something has no counterpart, and the names this is true of."""

HEAD = """# Keras's names, and what stands for them

Every public class and function of these modules of Keras {version}, as `python scripts/keras_symbols.py` found it:

- **native**: in leadline under the same name, with Keras's meaning and numbers; an alias is followed by the name to use.
- **door**: taken as it stands, in a Keras model that is wrapped: `ll.wrap(keras.Sequential([..., keras.layers.LSTM(8)]))` is
  trained in one compiled program, like a native one.
- *not here*, and why.

| module | names | native | door | not here |
|---|---:|---:|---:|---:|
"""


def symbols(module: ModuleType) -> dict[str, Any]:
    """The public classes and functions of a module of Keras."""
    found = {name: getattr(module, name) for name in sorted(dir(module)) if not name.startswith("_")}
    return {name: thing for name, thing in found.items() if inspect.isclass(thing) or inspect.isfunction(thing)}


def native(name: str, thing: Any, here: ModuleType) -> str | None:
    """The name in a module of leadline that stands for one of Keras, which may be an alias."""
    return next((known for known in (name, thing.__name__) if known in here.__all__), None)


def reasons(module: str) -> dict[str, str]:
    """For each name of a module that was thought of: the kind at the door, or why it is not here, as the page says it."""
    door = {name: f"**door**: {kind}" for kind, names in DOOR.items() for name in names.split()} if module == "layers" else {}
    return door | {name: f"*not here*: {why}" for why, names in NOT_HERE[module].items() for name in names.split()}


def rows(module: str) -> Iterator[tuple[str, str | None]]:
    """Each name of a module of Keras with what stands for it; None where nobody has said."""
    keras, here = importlib.import_module(f"keras.{module}"), importlib.import_module(MODULES[module])
    said = reasons(module)
    for name, thing in symbols(keras).items():
        known = native(name, thing, here)
        yield name, "**native**" + (f", `{known}`" if known != name else "") if known else said.get(name)


def dead() -> list[str]:
    """Entries of `DOOR` and `NOT_HERE` that explain nothing: names that Keras does not have, or that are native by now."""
    explained = {module: {name for name, said in rows(module) if said == reasons(module).get(name)} for module in MODULES}
    return [f"{module}.{name}" for module in MODULES for name in reasons(module) if name not in explained[module]]


def page(tables: Mapping[str, list[tuple[str, str]]], version: str) -> str:
    """The text of the page."""
    text = HEAD.format(version=version)
    for module, found in tables.items():
        counts = [sum(said.startswith(state) for _, said in found) for state in ("**native**", "**door**", "*not here*")]
        text += f"| [{module}](#{module.replace('.', '')}) | {len(found)} | {' | '.join(map(str, counts))} |\n"
    for module, found in tables.items():
        text += f"\n## {module}\n\n| `keras.{module}` | `{MODULES[module]}` |\n|---|---|\n"
        text += "".join(f"| `{name}` | {said} |\n" for name, said in found)
    return text


def generated() -> str:
    """The page for the Keras and the leadline that are installed.

    Raises:
        SystemExit: Keras has names that nothing stands for and nobody has given a reason for.
    """
    import keras

    tables = {module: list(rows(module)) for module in MODULES}
    if silent := [f"{module}.{name}" for module, found in tables.items() for name, said in found if said is None]:
        what = f"{len(silent)} names of Keras {keras.__version__} are neither native nor in DOOR or NOT_HERE"
        sys.exit(f"{what}: {', '.join(silent)}")
    said = {module: [(name, why) for name, why in found if why is not None] for module, found in tables.items()}
    return page(said, keras.__version__)


if __name__ == "__main__":
    PAGE.write_text(generated(), encoding="utf-8")
