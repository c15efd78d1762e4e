"""Guards around a training, its start and its end."""

from __future__ import annotations

from guarded.guard import Guard, bad

__all__ = ["GUARDS"]

INPUTS, TARGETS, PROGRAM = "models/inputs.py", "losses/targets.py", "training/program.py"
BROKEN = "training/breakage.py"

GUARDS = (
    Guard(
        "batch_size 0",
        "models/model.py",
        'size = whole("batch_size", 32 if batch_size is None else batch_size, 1)',
        "size = 32 if batch_size is None else batch_size",
        bad("batch_size 0"),
    ),
    Guard("0 epochs", "models/model.py", 'whole("epochs", epochs, 1)', "epochs", bad("0 epochs")),
    Guard(
        "negative or all-zero weights",
        INPUTS,
        "or (weight < 0).any() or not weight.any():\n        got",
        "or False:\n        got",
        bad("weights that are all 0"),
    ),
    Guard(
        "weights that are not finite",
        INPUTS,
        "if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():\n        got",
        "if (weight < 0).any() or not weight.any():\n        got",
        "models/test_inputs.py::test_weights_refused",
    ),
    Guard(
        "negative class weights",
        INPUTS,
        "or (weight < 0).any() or not weight.any():\n        raise",
        "or False:\n        raise",
        bad("a negative class weight"),
    ),
    Guard(
        "a class weight for no class",
        INPUTS,
        "if unknown := sorted(set(class_weight) - present, key=str):",
        "if unknown := []:",
        bad("a class weight for a class that is not there"),
    ),
    Guard(
        "y (n,) against (n, 1): aligned",
        INPUTS,
        "targets[:, None] if targets.ndim == 1 and output_shape == (1,) else targets",
        "targets",
        "models/test_inputs.py::test_targets",
    ),
    Guard(
        "y of another width",
        "loss.py",
        "if outputs > 1 and (numbers.ndim < 2 or numbers.shape[-1] != outputs):",
        "if False:",
        "models/test_inputs.py::test_targets_refused",
    ),
    Guard(
        "y that would be broadcast",
        "loss.py",
        "if f.ndim <= labels or y.shape != wanted:",
        "if False:",
        "losses/test_losses.py::test_nothing_is_broadcast",
    ),
    Guard(
        "y of another length",
        INPUTS,
        "if targets.ndim == 0 or len(targets) != rows:",
        "if False:",
        bad("fewer targets than rows"),
    ),
    Guard(
        "NaN or infinity in X",
        INPUTS,
        "    if not _all_finite(array):",
        "    if False:",
        "models/test_inputs.py::test_inputs_refused",
    ),
    Guard(
        "y beyond float32",
        INPUTS,
        "    if not np.isfinite(floating).all():",
        "    if False:",
        "models/test_inputs.py::test_targets_refused",
    ),
    Guard(
        "labels 1 and 2 for a sigmoid",
        TARGETS,
        "(numbers < 0) | (numbers > 1)",
        "(numbers < 0)",
        bad("labels 1 and 2 for a sigmoid"),
    ),
    Guard(
        "labels below 0 for a sigmoid",
        TARGETS,
        "(numbers < 0) | (numbers > 1)",
        "(numbers > 1)",
        bad("labels −1 and 1 for a sigmoid"),
    ),
    Guard(
        "fractional labels", TARGETS, "(numbers != np.floor(numbers)) | (numbers < 0)", "(numbers < 0)", bad("fractional labels")
    ),
    Guard(
        "labels below 0",
        TARGETS,
        "(numbers != np.floor(numbers)) | (numbers < 0)",
        "(numbers != np.floor(numbers))",
        bad("a label −1"),
    ),
    Guard("labels beyond the classes", TARGETS, " | (numbers >= outputs)", "", bad("a label 3 for three classes")),
    Guard(
        "rows that do not sum to 1",
        TARGETS,
        " | (np.abs(numbers.sum(axis=axis) - 1) > 1e-3)",
        "",
        bad("one-hot rows that sum to 3"),
    ),
    Guard(
        "numbers beyond a table",
        "layers/embedding.py",
        "if not ((x < self.input_dim) & (x >= -self.input_dim)).all():",
        "if False:",
        bad("the word 7 for a table of 5 words"),
    ),
    Guard(
        "a layer beyond the memory",
        "layers/layer.py",
        "if size > (there := device_memory()):",
        "if size > (there := 10**30):",
        "layers/test_layer.py::test_refusals",
    ),
    Guard(
        "a population beyond the memory",
        "training/sweep.py",
        "if size > (there := device_memory()):",
        "if size > (there := 10**30):",
        "training/test_sweep.py::test_more_than_there_is_memory_for_is_refused_before_any_is_taken",
    ),
    Guard(
        "NaN stops the training",
        PROGRAM,
        "fine = jnp.isfinite(totals[2] + total)",
        "fine = jnp.isfinite(0 * totals[0])",
        "training/test_program.py::test_an_epoch_that_is_not_finite_is_undone",
    ),
    Guard(
        "weights that overflow stop it",
        PROGRAM,
        "jnp.where(weights_finite, -1, steps - 1)",
        "-1",
        "training/test_program.py::test_weights_that_overflow_in_the_last_step_are_seen",
    ),
    Guard(
        "other arrays that overflow stop it",
        PROGRAM,
        "inexact((end.params, end.state))",
        "inexact(end.params)",
        "training/test_breakage.py",
    ),
    Guard("step and tensor are named", BROKEN, "if int(report.bad_step) >= 0:", "if False:", "training/test_breakage.py"),
    Guard(
        "the last finite state is kept",
        PROGRAM,
        "jnp.where(bad_step < 0, new, old)",
        "new",
        "training/test_program.py::test_an_epoch_that_is_not_finite_is_undone",
    ),
    Guard(
        "the model takes the last finite state",
        "models/model.py",
        "            self._take(error.state)\n",
        "",
        "models/test_model.py::test_after_nan_the_model_has_the_weights_of_the_last_good_epoch",
    ),
)
