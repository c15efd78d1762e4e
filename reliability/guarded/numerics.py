"""Guards around numbers: the forms that neither overflow nor divide by 0, and what padding must not change."""

from __future__ import annotations

from guarded.guard import Guard

__all__ = ["GUARDS"]

CROSS, SMOOTH, PROGRAM = "losses/crossentropy.py", "activations/smooth.py", "training/program.py"
EXTREME = "faults/test_numerics.py::test_losses_and_their_slopes_are_those_of_double_precision"
NO_VARIANCE = "faults/test_numerics.py::test_without_any_variance_values_and_slopes_are_finite"

GUARDS = (
    Guard(
        "log-sum-exp of two",
        CROSS,
        "y * jax.nn.softplus(-f) + (1 - y) * jax.nn.softplus(f)",
        "y * jnp.log1p(jnp.exp(-f)) + (1 - y) * jnp.log1p(jnp.exp(f))",
        EXTREME,
    ),
    Guard(
        "probabilities of 0 and 1",
        CROSS,
        "        p = jnp.clip(f, EPSILON, 1 - EPSILON)\n        return -jnp.mean(y * jnp.log(p)",
        "        p = f\n        return -jnp.mean(y * jnp.log(p)",
        EXTREME,
    ),
    Guard(
        "ln cosh of large errors",
        "losses/regression.py",
        "error + jnp.log1p(jnp.expm1(-2 * error) / 2)",
        "jnp.log(jnp.cosh(error))",
        EXTREME,
    ),
    Guard(
        "x · s(x) far out",
        SMOOTH,
        "return jnp.where(x >= bound, x, function(jnp.clip(x, -bound, bound)))",
        "return function(x)",
        "activations/test_smooth.py",
    ),
    Guard(
        "√(x² + b) far out",
        SMOOTH,
        "return jnp.where(x >= far, x, jnp.where(x <= -far, b / 4 / jnp.maximum(-x, far), curve)).astype(x.dtype)",
        "return curve.astype(x.dtype)",
        "activations/test_smooth.py",
    ),
    Guard(
        "rows that only fill the last batch",
        PROGRAM,
        "weight = present if batch.weight is None else batch.weight * present",
        "weight = jnp.ones_like(present) if batch.weight is None else batch.weight",
        "training/test_program.py::test_what_fills_the_last_batch_leaves_no_trace",
    ),
    Guard(
        "a normalisation sees its own rows only",
        PROGRAM,
        "if network.mixes_examples and rest:",
        "if False:",
        "models/test_model.py::test_rows_that_only_fill_the_last_batch_are_not_seen_by_a_normalisation",
    ),
    Guard(
        "a batch is the mean of its parts",
        PROGRAM,
        "return total / jnp.where(count == 0, 1, count)",
        "return total",
        "faults/test_numerics.py::test_the_step_of_a_batch_is_the_mean_of_the_steps_of_its_parts",
    ),
    Guard(
        "evaluation does not depend on the batch",
        PROGRAM,
        "jnp.where(jnp.isnan(batch.weight), 0.0, 1.0)",
        "jnp.ones_like(batch.weight)",
        "models/test_model.py::test_evaluation_is_of_all_examples_whatever_the_batch",
    ),
    Guard(
        "no variance in a batch",
        "layers/batch_normalization.py",
        "variance.astype(wide.dtype) + self.epsilon",
        "variance.astype(wide.dtype)",
        NO_VARIANCE,
    ),
    Guard(
        "no variance in an example",
        "layers/layer_normalization.py",
        "wide.var(axes, keepdims=True) + self.epsilon",
        "wide.var(axes, keepdims=True)",
        NO_VARIANCE,
    ),
    Guard(
        "no variance in a group",
        "layers/layer_normalization.py",
        "wide.var(others, keepdims=True) + self.epsilon",
        "wide.var(others, keepdims=True)",
        NO_VARIANCE,
    ),
    Guard(
        "a vector of zeros",
        "precision.py",
        "lax.rsqrt(jnp.maximum(square, epsilon**2))",
        "lax.rsqrt(square)",
        NO_VARIANCE,
    ),
    Guard(
        "a constant feature",
        "layers/normalization.py",
        'jnp.maximum(jnp.sqrt(state["variance"]), 1e-7)',
        'jnp.sqrt(state["variance"])',
        "layers/test_normalization.py::test_a_constant_feature_becomes_0",
    ),
)
