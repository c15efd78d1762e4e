"""The development of a model, as evidence: costs with intervals, baselines, curves, and the verdict. Nothing here draws."""
