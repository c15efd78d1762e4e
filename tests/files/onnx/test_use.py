import numpy as np

from leadline.files.onnx.graph import Graph
from leadline.files.onnx.use import Use, integers
from leadline.layers import Flatten


def test_nodes_are_called_as_their_layer_and_axes_that_stay_need_none():
    use = Use(Graph(), "flat", Flatten(), {}, ("x",), ((2, 3),))
    assert (use.x, use.shape) == ("x", (2, 3))
    assert use.transposed("x", [0, 1, 2]) == "x"
    assert use.transposed("x", [0, 2, 1]) == "flat/transpose"
    assert use.reshaped("x", (6,)) == "flat/reshape"
    assert use.graph.constants[use.graph.nodes[-1].inputs[1]].tolist() == [0, 6]


def test_a_reduction_keeps_its_axes_unless_told():
    use = Use(Graph(), "sum", Flatten(), {}, ("x",), ((2, 3),))
    use.reduced("Sum", "x", (1, 2))
    use.reduced("Sum", "x", (1, 2), keepdims=False)
    assert [node.attributes for node in use.graph.nodes] == [{"keepdims": 1}, {"keepdims": 0}]
    assert use.graph.nodes[0].inputs == use.graph.nodes[1].inputs
    np.testing.assert_array_equal(use.graph.constants["sum/constant"], integers(1, 2))
