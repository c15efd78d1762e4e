import numpy as np

from leadline.files.onnx.graph import Graph


def test_every_value_has_a_name_of_its_own():
    graph = Graph()
    names = [graph.input("x", np.float32, ()), graph.input("x", np.float32, ())]
    names += [graph.node("a", "Neg", names[0]), graph.node("a", "Neg", names[1])]
    names.append(graph.output(names[2], "x", np.float32, ()))
    assert len(set(names)) == 5
    assert [port.name for port in graph.inputs + graph.outputs] == ["x", "x_1", "x_2"]
    assert graph.nodes[-1].inputs == ("a/neg",)


def test_equal_arrays_of_one_dtype_and_shape_are_one_constant():
    graph = Graph()
    graph.node("a", "Add", np.float32(1), np.float32(1))
    graph.node("b", "Add", np.float64(1), np.ones(1, np.float32))
    assert [node.inputs for node in graph.nodes] == [("a/constant", "a/constant"), ("b/constant", "b/constant_1")]


def test_texts_are_told_apart_by_what_they_say():
    graph = Graph()
    graph.node("a", "Gather", np.array(["x", "y"], object), np.int64(0))
    graph.node("a", "Gather", np.array(["x", "z"], object), np.int64(0))
    assert graph.nodes[0].inputs[0] != graph.nodes[1].inputs[0]
    assert graph.nodes[0].inputs[1] == graph.nodes[1].inputs[1]


def test_an_operator_of_two_outputs_gives_its_first():
    graph = Graph()
    assert graph.node("a", "TopK", "x", np.array([2])) == "a/topk"
    assert graph.nodes[0].outputs == ("a/topk", "a/topk_1")
