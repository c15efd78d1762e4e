"""Real data sets of the libraries people come from; each of them is tried where it is installed."""

import sys
import warnings

import jax.numpy as jnp
import numpy as np
import pytest

from leadline.data import sources
from leadline.data.sources import read
from leadline.errors import ArgumentError, DataError

X = np.arange(30, dtype=np.float32).reshape(10, 3)
Y = np.arange(10) % 2
W = np.arange(10, dtype=np.float32) / 10
IMAGES = np.arange(40, dtype=np.float32).reshape(10, 2, 2)


def library(name):
    """The library, or a skip; what it warns of while it is imported is its own affair."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, exc_type=ImportError)


def is_read(source, *expected, **options):
    found = [part for part in read(source, **options) if part is not None]
    assert len(found) == len(expected)
    for array, wanted in zip(found, expected):
        assert type(array) is np.ndarray
        assert np.array_equal(array, wanted)


# --- PyTorch --------------------------------------------------------------------------------------------------------------------


DIGITS = X % 8  # which a float8 holds, too
TENSORS = [
    ("plain", lambda torch: torch.tensor(DIGITS), np.float32),
    ("with a gradient", lambda torch: torch.tensor(DIGITS, requires_grad=True), np.float32),
    ("of a graph", lambda torch: torch.tensor(DIGITS, requires_grad=True) * 1, np.float32),
    ("a parameter", lambda torch: torch.nn.Parameter(torch.tensor(DIGITS)), np.float32),
    ("bfloat16", lambda torch: torch.tensor(DIGITS).bfloat16(), np.float32),
    ("bfloat16 with a gradient", lambda torch: torch.tensor(DIGITS).bfloat16().requires_grad_(), np.float32),
    ("float8", lambda torch: torch.tensor(DIGITS).to(torch.float8_e4m3fn), np.float32),
    ("float16", lambda torch: torch.tensor(DIGITS).half(), np.float16),
    ("float64", lambda torch: torch.tensor(DIGITS).double(), np.float64),
    ("int64", lambda torch: torch.tensor(DIGITS).long(), np.int64),
    ("uint8", lambda torch: torch.tensor(DIGITS).byte(), np.uint8),
    ("transposed", lambda torch: torch.tensor(DIGITS.T.copy()).T, np.float32),
    ("every second row", lambda torch: torch.tensor(np.repeat(DIGITS, 2, axis=0))[::2], np.float32),
    ("negated lazily", lambda torch: torch._neg_view(torch.tensor(-DIGITS)), np.float32),
    ("sparse", lambda torch: torch.tensor(DIGITS).to_sparse(), np.float32),
    ("sparse by rows", lambda torch: torch.tensor(DIGITS).to_sparse_csr(), np.float32),
]


@pytest.mark.parametrize(("make", "dtype"), [case[1:] for case in TENSORS], ids=[case[0] for case in TENSORS])
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
def test_torch_tensors(make, dtype):
    torch = library("torch")
    found, y, _ = read(make(torch), torch.tensor(Y))
    assert found.dtype == dtype
    assert np.array_equal(found, DIGITS)
    assert np.array_equal(y, Y)


def test_torch_lends_its_memory():
    torch = library("torch")
    tensor = torch.tensor(X)
    tensor[0, 0] = 7
    found = read(tensor)[0]
    tensor[0, 0] = 8
    assert found[0, 0] == 8


def test_torch_tensors_without_values_are_refused():
    torch = library("torch")
    with pytest.raises(DataError, match="x is a torch Tensor that cannot be read as numbers"):
        read(torch.empty(2, 3, device="meta"))
    with pytest.raises(DataError, match="x is sparse and of shape"):
        read(torch.sparse_coo_tensor(size=(10**6, 10**6), check_invariants=True))


def test_torch_loaders():
    torch = library("torch")
    data = torch.utils.data
    x, y, w = torch.tensor(X), torch.tensor(Y), torch.tensor(W)
    pairs = data.TensorDataset(x, y)
    is_read(data.DataLoader(pairs, batch_size=4), X, Y)
    is_read(data.DataLoader(pairs, batch_size=4, drop_last=True), X[:8], Y[:8])
    is_read(data.DataLoader(pairs, batch_size=None), X, Y)
    is_read(data.DataLoader(pairs, batch_size=4), X[:8], Y[:8], steps=2)
    is_read(data.DataLoader(data.TensorDataset(x, y, w), batch_size=3), X, Y, W)
    is_read(data.DataLoader(data.TensorDataset(x), batch_size=4), X)
    shuffled = read(data.DataLoader(pairs, batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(1)))[0]
    assert not np.array_equal(shuffled, X)
    assert np.array_equal(np.sort(shuffled[:, 0]), X[:, 0])
    with pytest.raises(ArgumentError, match="Got y beside x, a torch DataLoader"):
        read(data.DataLoader(pairs), Y)


def test_torch_data_sets():
    torch = library("torch")
    data = torch.utils.data
    x, y = torch.tensor(X), torch.tensor(Y)
    pairs = data.TensorDataset(x, y)
    is_read(pairs, X, Y)
    is_read(data.Subset(pairs, [1, 3, 5]), X[1:6:2], Y[1:6:2])
    is_read(data.TensorDataset(x, x), X, X)
    is_read(data.TensorDataset(x, y[:, None]), X, Y[:, None])

    class Named(data.Dataset):
        def __len__(self):
            return 10

        def __getitem__(self, i):
            return {"image": IMAGES[i], "label": int(Y[i])}

    class Streamed(data.IterableDataset):
        def __iter__(self):
            return zip(x, y)

    is_read(Named(), IMAGES, Y, y="label")
    is_read(data.DataLoader(Named(), batch_size=4), IMAGES, Y, y="label")
    is_read(Streamed(), X, Y)
    is_read(data.DataLoader(Streamed(), batch_size=4), X, Y)
    with pytest.raises(DataError, match="a torch TensorDataset, gave nothing"):
        read(data.TensorDataset(x[:0]))


# --- TensorFlow -----------------------------------------------------------------------------------------------------------------


def test_tensorflow_tensors():
    tf = library("tensorflow")
    is_read(tf.constant(X), X, Y, y=tf.constant(Y))
    is_read(tf.Variable(X), X)
    is_read(tf.cast(X, tf.bfloat16), X)
    with pytest.raises(DataError, match="RaggedTensor, which is not known"):
        read(tf.ragged.constant([[1], [1, 2]]))
    with pytest.raises(DataError, match="SparseTensor, which is not known"):
        read(tf.sparse.from_dense(X))


def test_tensorflow_data_sets():
    tf = library("tensorflow")
    pairs = tf.data.Dataset.from_tensor_slices((X, Y))
    one_hot = np.eye(2, dtype=np.float32)[Y]
    is_read(pairs.batch(4), X, Y)
    is_read(pairs.batch(4, drop_remainder=True), X[:8], Y[:8])
    is_read(pairs, X, Y)
    is_read(pairs.prefetch(2).cache(), X, Y)
    is_read(tf.data.Dataset.from_tensor_slices((X, one_hot)), X, one_hot)
    is_read(tf.data.Dataset.from_tensor_slices(X), X)
    is_read(tf.data.Dataset.from_tensor_slices((X, Y, W)).batch(3), X, Y, W)
    is_read(tf.data.Dataset.from_tensor_slices({"image": IMAGES, "label": Y}).batch(3), IMAGES, Y, y="label")
    is_read(pairs.batch(5).repeat(), X[:5], Y[:5], steps=1)
    with pytest.raises(DataError, match="has no end"):
        read(pairs.repeat())
    with pytest.raises(DataError, match="gave nothing"):
        read(pairs.take(0).batch(2))
    with pytest.raises(DataError, match="Batch 0 of x holds text or objects in y"):
        read(tf.data.Dataset.from_tensor_slices((X, [str(label) for label in Y])).batch(4))


# --- Grain ----------------------------------------------------------------------------------------------------------------------


def test_grain_data_sets():
    grain = library("grain")
    pairs = grain.MapDataset.source(range(10)).map(lambda i: (X[i], Y[i]))
    is_read(pairs, X, Y)
    is_read(pairs.batch(4), X, Y)
    is_read(pairs.to_iter_dataset().batch(4), X, Y)
    is_read(grain.MapDataset.source(X).batch(4), X)
    is_read(grain.MapDataset.source(X), X)
    is_read(pairs.map(lambda pair: {"image": pair[0], "label": pair[1]}).batch(3), X, Y, y="label")
    is_read(pairs.repeat().batch(4), np.concatenate([X, X[:2]]), np.concatenate([Y, Y[:2]]), steps=3)
    with pytest.raises(DataError, match="has no end"):
        read(pairs.repeat().batch(4))


def test_grain_loaders(monkeypatch):
    grain = library("grain")

    def loader(epochs):
        sampler = grain.samplers.IndexSampler(10, shuffle=False, num_epochs=epochs)
        steps = [grain.transforms.Batch(5)]
        return grain.DataLoader(data_source=list(zip(X, Y)), sampler=sampler, operations=steps)

    is_read(loader(1), X, Y)
    is_read(loader(None), X[:5], Y[:5], steps=1)
    monkeypatch.setattr(sources, "most_bytes", lambda: 10_000)
    with pytest.raises(DataError, match=r"a grain DataLoader, did not end within .* batches.*Pass steps_per_epoch"):
        read(loader(None))


# --- Hugging Face ---------------------------------------------------------------------------------------------------------------


def test_hugging_face_data_sets(monkeypatch):
    datasets = library("datasets")
    monkeypatch.setattr(sources, "ROWS_AT_ONCE", 4)
    columns = {"image": IMAGES.tolist(), "label": Y.tolist()}
    whole = datasets.Dataset.from_dict(columns)
    for data in (whole, whole.to_iterable_dataset(), whole.with_format("torch" if "torch" in sys.modules else "numpy")):
        x, y, _ = read(data)
        assert sorted(x) == ["image", "label"]
        assert np.array_equal(x["image"], IMAGES)
        assert y is None
        is_read(data, IMAGES, Y, y="label")
    assert np.array_equal(np.asarray(read(whole["image"], whole["label"])[0]), IMAGES)
    assert np.array_equal(np.asarray(read(whole["image"], whole["label"])[1]), Y)
    is_read(
        whole.with_transform(lambda batch: {"image": np.array(batch["image"]) + 1, "label": batch["label"]}),
        IMAGES + 1,
        Y,
        y="label",
    )
    is_read(whole.with_format("numpy"), IMAGES[:4], Y[:4], y="label", steps=1)
    with pytest.raises(DataError, match=r"Unknown column 'labl'. Did you mean 'label'"):
        read(whole, "labl")
    with pytest.raises(DataError, match=r"Batch 0 of x holds text or objects in x\.name"):
        read(whole.add_column("name", list("abcdefghij")), "label")
    with pytest.raises(ArgumentError, match="Got y beside x, a datasets Dataset"):
        read(whole, Y)
    with pytest.raises(DataError, match=r"x\['train'\] is a datasets Dataset"):
        read(datasets.DatasetDict(train=whole))


# --- Keras ----------------------------------------------------------------------------------------------------------------------


def test_keras_data_sets_and_variables():
    keras = library("keras")

    class Batches(keras.utils.PyDataset):
        def __init__(self, size):
            super().__init__()
            self.size = size

        def __len__(self):
            return -(-10 // self.size)

        def __getitem__(self, i):
            cut = slice(i * self.size, (i + 1) * self.size)
            return X[cut], Y[cut], W[cut]

    class Endless(keras.utils.PyDataset):
        num_batches = None

        def __getitem__(self, i):
            return X, Y

    is_read(Batches(4), X, Y, W)
    is_read(Batches(4), X[:4], Y[:4], W[:4], steps=1)
    is_read(Endless(), X, Y, steps=1)
    is_read(keras.Variable(X), X, Y, y=keras.ops.convert_to_tensor(jnp.asarray(Y)))
    with pytest.raises(ArgumentError, match="Got y beside x, a .*Batches, which is a source"):
        read(Batches(4), Y)
    with pytest.raises(DataError, match="KerasTensor that cannot be read"):
        read(keras.Input((3,)))


def test_batches_are_unpacked_as_keras_unpacks_them():
    keras = library("keras")
    batches = [((X[:5], X[5:]), Y[:5], W[:5]), [X[:5], Y[:5]], (X[:5],), {"a": X[:5]}]
    for batch in batches:
        x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)
        found = read(iter([batch]))
        assert (found[1] is None, found[2] is None) == (y is None, weight is None)
        assert type(found[0]).__name__ == type(x).__name__
