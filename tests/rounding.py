"""Tolerances that follow from float32. Kernels add in the order that suits the processor, and each has its own."""

ROUNDING = 2.0**-24
"""The most that one rounding changes a float32, relative to it: 6e-8."""

NETWORK = {"rtol": 5e-5, "atol": 5e-5}
"""Between outputs of the tests' networks by two ways: 6 layers of up to 72 products, 2 × 6 × 72 roundings.

That holds for numbers of size 1, and relative to it for larger ones. Where another weight, view or image had been used,
they would differ by a thousand times more.
"""
