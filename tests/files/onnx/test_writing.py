import sys

import numpy as np
import onnx
import pytest

from leadline.errors import ArgumentError, DataError
from leadline.files.onnx import writing
from leadline.layers import Dense, Input
from leadline.models import Sequential


@pytest.fixture
def model():
    return Sequential([Input((2,)), Dense(3, "relu"), Dense(1)])


def test_the_file_says_its_versions_and_what_each_node_belongs_to(model, tmp_path):
    model.export(tmp_path / "m.onnx")
    read = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(read, full_check=True)
    assert (read.producer_name, read.ir_version) == ("leadline", 8)
    assert {one.domain: one.version for one in read.opset_import} == {"": 18, "ai.onnx.ml": 3}
    assert [node.op_type for node in read.graph.node] == ["MatMul", "Add", "Relu", "MatMul", "Add", "Identity"]
    assert [node.name.split("/")[0] for node in read.graph.node] == ["dense"] * 3 + ["dense_1"] * 3
    kernel = next(one for one in read.graph.initializer if list(one.dims) == [2, 3])
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(kernel), model.get_weights()[0])


def test_another_format_is_refused(model, tmp_path):
    with pytest.raises(ArgumentError, match="Unknown format to export to 'tf_saved_model'. Known: onnx"):
        model.export(tmp_path / "m", format="tf_saved_model")


def test_without_the_package_it_says_how_to_install_it(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ArgumentError, match=r"pip install 'leadline\[onnx\]'"):
        model.export(tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_weights_beyond_the_format_are_refused(model, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_MOST_BYTES", 10)
    with pytest.raises(ArgumentError, match="holds at most 2"):
        model.export(tmp_path / "m.onnx")


def test_a_folder_that_is_not_there_is_refused(model, tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        model.export(tmp_path / "none" / "m.onnx")
