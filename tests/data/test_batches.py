"""The order of examples: a pure function of (seed, epoch) in which every row comes as often as every other."""

import itertools

import numpy as np
import pytest

from leadline.data.batches import epoch_order, padded

# rows, positions of an epoch, batch size
SIZES = [(1, 1, 1), (5, 5, 2), (6, 6, 2), (7, 7, 3), (3, 3, 8), (4, 10, 3), (3, 9, 3), (1, 5, 2), (100, 100, 32)]


@pytest.mark.parametrize(("rows", "positions", "batch_size"), SIZES)
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_row_comes_as_often_as_every_other(rows, positions, batch_size, shuffle):
    own = np.arange(rows, dtype=np.int32) * 3 + 10
    order = epoch_order(own, positions, batch_size, seed=1, epoch=2, shuffle=shuffle)
    assert order.dtype == np.int32
    assert order.shape == (-(-positions // batch_size), batch_size)
    counted = order.ravel()[:positions]
    for first in range(0, positions - rows + 1, rows):  # each pass holds every row once
        assert sorted(counted[first : first + rows]) == own.tolist()
    counts = np.bincount(counted, minlength=own[-1] + 1)[own]
    assert counts.max() - counts.min() <= 1
    assert set(order.ravel()[positions:]) <= {counted[0]}  # padding is a row that is there anyway


def test_it_depends_on_seed_and_epoch_alone():
    order = lambda seed, epoch: epoch_order(np.arange(50), 50, 8, seed=seed, epoch=epoch)  # noqa: E731
    orders = {(seed, epoch): order(seed, epoch).tobytes() for seed, epoch in itertools.product(range(5), range(5))}
    assert len(set(orders.values())) == 25
    assert all(order(*where).tobytes() == bits for where, bits in reversed(orders.items()))


def test_without_shuffling_every_epoch_is_the_same():
    for epoch in range(3):
        order = epoch_order(np.arange(5), 8, 3, seed=epoch, epoch=epoch, shuffle=False)
        assert order.ravel()[:8].tolist() == [0, 1, 2, 3, 4, 0, 1, 2]


@pytest.mark.parametrize(("rows", "positions", "batch_size"), SIZES)
def test_a_subset_is_ordered_like_its_own_rows(rows, positions, batch_size):
    """So that a member of a population sees what a model sees that is given these rows alone."""
    own = np.random.default_rng(0).permutation(1000)[:rows].astype(np.int32)
    chosen = epoch_order(own, positions, batch_size, seed=3, epoch=1)
    alone = epoch_order(np.arange(rows, dtype=np.int32), positions, batch_size, seed=3, epoch=1)
    np.testing.assert_array_equal(chosen, own[alone])


def test_places_are_drawn_evenly():
    first = [epoch_order(np.arange(4), 4, 4, seed=0, epoch=epoch)[0, 0] for epoch in range(4000)]
    shares = np.bincount(first, minlength=4) / 4000
    assert np.abs(shares - 0.25).max() < 5 * np.sqrt(0.25 * 0.75 / 4000)  # five standard errors


@pytest.mark.parametrize(
    ("rows", "batch_size", "expected"),
    [
        (3, 2, [[0, 1], [2, 0]]),
        (4, 2, [[0, 1], [2, 3]]),
        (1, 3, [[0, 0, 0]]),
        (3, 1, [[0], [1], [2]]),
    ],
)
def test_padded(rows, batch_size, expected):
    assert padded(np.arange(rows), batch_size).tolist() == expected
    images = np.arange(rows * 6.0).reshape(rows, 2, 3)
    cut = padded(images, batch_size)
    assert cut.shape == (len(expected), batch_size, 2, 3)
    np.testing.assert_array_equal(cut.reshape(-1, 2, 3)[:rows], images)
