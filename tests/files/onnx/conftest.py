import numpy as np
import onnxruntime
import pytest

from leadline.layers import Input
from leadline.models import Model


@pytest.fixture
def agree(tmp_path):
    """Asserts that ONNX Runtime gives what leadline gives, for a model and for batches of two lengths."""

    def agree(model, *xs, tolerance=1e-5):
        path = tmp_path / "model.onnx"
        model.export(path)
        session = onnxruntime.InferenceSession(path)
        expected = model.predict(list(xs) if len(xs) > 1 else xs[0])
        expected = expected if isinstance(expected, list) else [expected]
        names = [port.name for port in session.get_inputs()]
        for rows in (len(xs[0]), 1):
            outputs = session.run(None, {name: x[:rows] for name, x in zip(names, xs, strict=True)})
            for port, output, whole in zip(session.get_outputs(), outputs, expected, strict=True):
                assert (port.name, output.shape, output.dtype) == (port.name, whole[:rows].shape, whole.dtype)
                far = np.abs(output - whole[:rows]).max()
                assert far <= tolerance, f"{port.name}: {far:.1e}"
        return session

    return agree


@pytest.fixture
def agree_all(agree):
    """The same for layers that all read one input, with weights that are not what they began as."""

    def agree_all(layers, shape, below=0, low=-3.0, high=3.0):
        draws = np.random.default_rng(3)
        x = Input(shape)
        model = Model(x, [layer(x) for layer in layers])
        model.set_weights([draws.uniform(0.2, 1.0, array.shape) for array in model.get_weights()])
        drawn = draws.integers(0, below, (5, *shape)) if below else draws.uniform(low, high, (5, *shape)).astype(np.float32)
        return agree(model, drawn)

    return agree_all
