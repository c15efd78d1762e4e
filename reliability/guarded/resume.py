"""Guards around a training that goes on from a checkpoint."""

from __future__ import annotations

from guarded.guard import Guard

__all__ = ["GUARDS"]

LOOP = "training/loop.py"
GOES_ON = "training/test_checkpoint.py::test_it_ends_as_if_it_had_not_been_stopped"
OTHER = "training/test_checkpoint.py::test_another_training_is_refused_with_the_difference"

GUARDS = (
    Guard("the shuffle's position", LOOP, "        return found.epoch\n", "        return 0\n", f"{GOES_ON}[plain]"),
    Guard(
        "the optimizer's memory",
        LOOP,
        "self.stopped = found.state, found",
        "self.stopped = found.state._replace(optimizer=self.state.optimizer), found",
        f"{GOES_ON}[plain]",
    ),
    Guard("what callbacks remember", LOOP, "self.memories[index] = memory", "pass", f"{GOES_ON}[a falling rate]"),
    Guard(
        "the best weights",
        LOOP,
        "self.state, self.kept, self.history, self.stopped = found.state, found.kept,",
        "self.state, _, self.history, self.stopped = found.state, found.kept,",
        f"{GOES_ON}[best weights of before]",
    ),
    Guard(
        "the records",
        LOOP,
        "found.state, found.kept, found.history,",
        "found.state, found.kept, self.history,",
        f"{GOES_ON}[plain]",
    ),
    Guard(
        "the learning rate",
        LOOP,
        "        if found.learning_rate is not None:",
        "        if False:",
        f"{GOES_ON}[a falling rate]",
    ),
    Guard("resume with other data or settings", "training/identity.py", "    if names:", "    if False:", OTHER),
    Guard(
        "resume with fewer epochs",
        LOOP,
        "        if found.epoch > self.plan.epochs:",
        "        if False:",
        f"{OTHER}[fewer epochs]",
    ),
    Guard(
        "a finished run",
        LOOP,
        "        return found.epoch\n",
        "        return found.epoch - 1\n",
        "training/test_checkpoint.py::test_of_a_finished_one_nothing_happens",
    ),
)
