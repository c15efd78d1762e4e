"""The house itself: imports run downward, the boundary is exact, importing is light, files stay readable."""

from __future__ import annotations

import ast
import graphlib
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import leadline

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "leadline"

FLOORS = (
    "errors types runtime",
    "structure seeds discoveries dtypes precision files files.atomic native native.library ops.windows words",
    "native.convolution",
    "ops.convolution ops.pooling",
    "ops",
    "reference",
    "activations.along_axis activations.piecewise activations.smooth callbacks.callback",
    "activations callbacks.csv_logger callbacks.plateau constraints initializers.initializer loss regularizers schedules",
    "callbacks.learning_rate callbacks.stopping",
    "callbacks config initializers.distributions initializers.fixed initializers.orthogonal initializers.scaling",
    "initializers initializers.drawing metric optimizer",
    "losses.function losses.targets",
    "losses.crossentropy losses.hinge losses.overlap losses.regression",
    "losses.focal",
    "losses",
    "metrics.accuracy metrics.confusion metrics.correlation metrics.f_score metrics.overlap metrics.reduction metrics.mean_loss",
    "metrics.auc metrics.crossentropy metrics.hinge metrics.regression",
    "metrics.bounded",
    "metrics",
    "optimizers.adam optimizers.descent optimizers.from_optax",
    "optimizers.adaptive optimizers.arraywise optimizers.muon",
    "optimizers",
    "data.batches data.datasets data.duplicates data.suspicions data.target",
    "data.foreign",
    "data.arrays data.columns data.sources",
    "data.dealing",
    "data.table",
    "data.features data.screening",
    "data.leakage",
    "data.split",
    "data.derived",
    "data",
    "layers.symbol layers.weights",
    "layers.layer",
    "layers.arguments",
    "layers.activation layers.axes layers.dense layers.normalization",
    "layers.layer_normalization layers.noise layers.preprocessing layers.sliding",
    "layers.convolution layers.depthwise layers.locally_connected layers.transposed",
    "layers.advanced_activations layers.dropout layers.padding layers.pooling layers.resizing layers.shaping",
    "layers.augmentation layers.batch_normalization layers.embedding layers.merging",
    "layers.warping",
    "layers",
    "network",
    "native.chain",
    "files.hdf5 files.npy files.plain",
    "files.archive files.keras_arrays files.keras_memory files.networks files.safetensors files.settings",
    "files.keras_things files.saved",
    "files.keras_config files.keras_graph files.keras_settings",
    "files.keras files.weights",
    "files.writing",
    "files.onnx files.onnx.graph",
    "files.onnx.use",
    "files.onnx.activations files.onnx.categories files.onnx.normalizing files.onnx.shaping files.onnx.tables",
    "files.onnx.merging files.onnx.resizing files.onnx.sliding",
    "files.onnx.layers",
    "files.onnx.networks",
    "files.onnx.writing",
    "training.history training.outputs",
    "training.state",
    "native.epoch native.forward training.identity",
    "training.program",
    "training.breakage training.checkpoint",
    "training.loop training.sweep",
    "training.health",
    "training",
    "models.inputs models.outputs models.progress models.summary",
    "models.compiled models.weighted",
    "models.model",
    "models.committee models.predictor models.sequential",
    "models",
    "files.loading",
    "files.predictions",
    "adapters.windows",
    "adapters.foreign",
    "adapters.equinox adapters.keras adapters.linen adapters.nnx adapters.pure",
    "adapters",
    "record.advice record.plain record.provenance record.schema",
    "record.database record.owner record.rows",
    "record.comparison record.mlflow record.tables",
    "record.record",
    "record",
    "develop.intervals develop.moments develop.pictures develop.selection develop.shown develop.signs",
    "develop.alarms",
    "develop.folds develop.gaps develop.problem",
    "develop.confusion develop.costs develop.health develop.outcomes",
    "develop.slices",
    "develop.population develop.thresholds",
    "develop.curves develop.error_analysis develop.plan",
    "develop.baselines develop.choice develop.evidence develop.laws",
    "develop.forecast develop.importance develop.standing",
    "develop.finishing develop.moves develop.story",
    "develop.remedies",
    "develop.advice develop.climb",
    "develop.diagnosis develop.opening develop.past",
    "develop.cycle",
    "develop",
    "report.charts report.console report.drawing report.numbers",
    "report.figures report.terminal report.vector",
    "report.content report.inside",
    "report.decisions report.findings report.measured report.page",
    "report.document report.turns",
    "report.faces",
    "report",
    "leadline",
    "ui ui.figures ui.guard ui.live ui.reports ui.start",
    "ui.views",
    "ui.app",
    "completions origin ui.serve",
    "manual options",
    "cli",
)
"""From the ground up, `leadline` being the package's own `__init__`. A module imports only from floors below its own."""

EXPORTS = [
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

NOT_WITH_THE_PACKAGE = ["equinox", "flax", "h5py", "keras", "matplotlib", "onnx", "pandas", "polars"]
NOT_WITH_THE_PACKAGE += ["rich", "scipy.optimize", "scipy.stats", "sklearn", "tensorflow", "torch", "typer"]
MOST_LINES = 350
PLACELESS_NAMES = {"common", "helper", "helpers", "misc", "util", "utils"}
NOT_IN_A_FILE = {
    "the address of a package index": re.compile(r"index[-_]url|https?://\S+/simple\b", re.IGNORECASE),
    "a path of one machine": re.compile(r"(?<![\w.:/~])/(home|root|Users|work|workspace)/"),
}


def module_name(path: Path) -> str:
    """The module of a file, as `FLOORS` call it."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "leadline"


FILES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}
RANKS = {module: rank for rank, floor in enumerate(FLOORS) for module in floor.split()}


def imported(source: str) -> Iterator[str]:
    """The modules of the package that a source text imports, anywhere in it: inside functions and for type checking too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports name the whole package, not a place relative to the file"
            candidates = [(f"{node.module}.{alias.name}", node.module) for alias in node.names]
        elif isinstance(node, ast.Import):
            candidates = [(alias.name, alias.name) for alias in node.names]
        else:
            continue
        for inner, outer in candidates:
            if outer.split(".")[0] == "leadline":
                inside = inner.removeprefix("leadline.")
                yield inside if inside in FILES else outer.removeprefix("leadline.")


IMPORTS = {module: set(imported(path.read_text(encoding="utf-8"))) for module, path in FILES.items()}


def loaded(module: str) -> ModuleType:
    return leadline if module == "leadline" else importlib.import_module(f"leadline.{module}")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from leadline import losses, split", ["losses", "leadline"]),
        ("import leadline.data.split", ["data.split"]),
        ("from leadline.data.split import split", ["data.split"]),
        ("from leadline.data import split", ["data.split"]),
        ("from leadline.layers import Dense", ["layers"]),
        ("def f():\n    from leadline.models import Model", ["models"]),
        ("if TYPE_CHECKING:\n    from leadline.data.table import Table", ["data.table"]),
        ("import leadlines, jax\nfrom jax import numpy", []),
    ],
)
def test_an_import_is_seen_in_every_form(source, expected):
    assert list(imported(source)) == expected


def test_every_module_has_its_floor():
    ranked = " ".join(FLOORS).split()
    assert sorted(ranked) == sorted(FILES)
    assert len(ranked) == len(set(ranked))


@pytest.mark.parametrize("module", FILES)
def test_imports_run_downward(module):
    upward = {other for other in IMPORTS[module] if RANKS[other] >= RANKS[module]}
    assert not upward, f"{module} imports {upward}, which do not stand on a floor below it"


def test_imports_have_no_circle():
    graphlib.TopologicalSorter(IMPORTS).prepare()  # raises CycleError, and names the circle


def test_the_exports_are_exact():
    assert leadline.__all__ == EXPORTS
    assert all(hasattr(leadline, name) for name in EXPORTS)


@pytest.mark.parametrize("module", FILES)
def test_a_module_says_what_it_offers(module):
    own = loaded(module)
    assert own.__doc__
    if len(ast.parse(FILES[module].read_text(encoding="utf-8")).body) > 1:  # more than its docstring
        assert "__all__" in vars(own)
        assert [name for name in own.__all__ if not hasattr(own, name)] == []


def undocumented(name: str, thing: object) -> Iterator[str]:
    """The public functions, classes and methods without a docstring, a class's generated one not counting."""
    if inspect.isclass(thing):
        if not thing.__doc__ or thing.__doc__.startswith(f"{thing.__name__}("):
            yield name
        for member, value in vars(thing).items():
            value = getattr(value, "__func__", value)
            if (
                not member.startswith("_")
                and isinstance(value, (FunctionType, property))
                and not inspect.getdoc(getattr(thing, member))
            ):
                yield f"{name}.{member}"
    elif inspect.isroutine(thing) and not inspect.getdoc(thing):
        yield name


@pytest.mark.parametrize("module", FILES)
def test_what_a_module_offers_is_documented(module):
    own = loaded(module)
    offered = ((name, getattr(own, name)) for name in getattr(own, "__all__", []))
    assert [bare for name, thing in offered for bare in undocumented(name, thing)] == []


def test_importing_is_light():
    program = "import sys, leadline; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "leadline" in modules
    assert [name for name in NOT_WITH_THE_PACKAGE if name in modules] == []


@pytest.mark.parametrize("module", FILES)
def test_a_file_can_be_read_in_one_sitting(module):
    lines = FILES[module].read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES, "split it by concept"


@pytest.mark.parametrize("module", FILES)
def test_a_module_is_named_for_what_it_is(module):
    parts = module.split(".")
    assert not PLACELESS_NAMES.intersection(parts)
    assert not any(part.startswith("_") for part in parts)


def files_of_the_project() -> list[Path]:
    """Every file that is, or could be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the files of the project are known only in a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("what", NOT_IN_A_FILE)
def test_no_file_names(what):
    found = []
    for path in files_of_the_project():
        content = path.read_bytes()
        if b"\0" in content:  # not a text
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), start=1):
            if NOT_IN_A_FILE[what].search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("the address of a package index", "--index" + "-url=https://packages.example"),
        ("the address of a package index", "https://packages.example/pypi/simp" + "le"),
        ("a path of one machine", "open('/ho" + "me/someone/house.csv')"),
    ],
)
def test_such_a_line_is_found(what, line):
    assert NOT_IN_A_FILE[what].search(line)
