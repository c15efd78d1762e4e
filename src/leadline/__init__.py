"""Neural networks in Keras's names on JAX, and the development of a machine-learning system, measured.

Examples:
    >>> import leadline as ll
    >>> model = ll.Sequential([ll.Input(shape=(2,)), ll.layers.Dense(3, "sigmoid"), ll.layers.Dense(1, "sigmoid")])
    >>> model([[200.0, 17.0]]).shape
    (1, 1)
"""

from leadline import (
    activations,
    callbacks,
    constraints,
    dtypes,
    errors,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    reference,
    regularizers,
    runtime,
    schedules,
)
from leadline.adapters import unwrap, wrap
from leadline.data.split import Split, split
from leadline.data.table import Table, read_table
from leadline.develop.choice import Selection, select
from leadline.develop.curves import LearningCurve, ValidationCurve, learning_curve, validation_curve
from leadline.develop.cycle import develop
from leadline.develop.diagnosis import Diagnosis, diagnose
from leadline.develop.opening import open_test
from leadline.develop.shown import Shown
from leadline.develop.story import Story
from leadline.files.loading import load, load_model
from leadline.layers import Input
from leadline.models import Model, Sequential
from leadline.models.predictor import Predictor
from leadline.record import Record
from leadline.report.faces import Pages
from leadline.training.checkpoint import Checkpoint
from leadline.training.history import History

__version__ = "0.1.0"

__all__ = [
    "Checkpoint",
    "Diagnosis",
    "History",
    "Input",
    "LearningCurve",
    "Model",
    "Predictor",
    "Record",
    "Selection",
    "Sequential",
    "Split",
    "Story",
    "Table",
    "ValidationCurve",
    "__version__",
    "activations",
    "callbacks",
    "constraints",
    "develop",
    "diagnose",
    "dtypes",
    "errors",
    "initializers",
    "layers",
    "learning_curve",
    "load",
    "load_model",
    "losses",
    "metrics",
    "models",
    "open_test",
    "optimizers",
    "read_table",
    "reference",
    "regularizers",
    "schedules",
    "select",
    "split",
    "unwrap",
    "validation_curve",
    "wrap",
]

runtime.prepare()
Shown.face = Pages()
