"""When a scarf counts as folded."""

import numpy as np

from tfkeypoints.simulation import folding

FLAT = np.array(
    [[0.3, 0, 0], [0.3, -0.1, 0], [0.3, 0.1, 0], [-0.3, -0.1, 0], [-0.3, 0.1, 0], [0, -0.1, 0], [0, 0.1, 0]]
)


def test_a_flat_scarf_is_not_folded_and_one_whose_ends_meet_is():
    folded = FLAT.copy()
    folded[:3, 0] = -0.3
    assert not folding.is_folded(FLAT)
    assert folding.is_folded(folded)
    folded[:3, 0] = -0.3 + 1.1 * folding.FOLDED
    assert not folding.is_folded(folded)


def test_a_heap_and_a_twisted_scarf_are_not_folded():
    heap, twisted = FLAT.copy(), FLAT.copy()
    heap[:, 0] = -0.3
    twisted[:3, 0] = -0.3
    twisted[[1, 2]] = twisted[[2, 1]]
    assert not folding.is_folded(heap)
    assert not folding.is_folded(twisted)
