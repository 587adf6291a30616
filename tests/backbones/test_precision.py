"""Networks refuse a type that this machine cannot compute in, where TensorFlow fails obscurely or crashes."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tfkeypoints.backbones import ConvolutionBlock, precision


def test_a_type_that_this_machine_does_not_convolve_in_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(precision, "has_convolutions", lambda dtype: dtype != "bfloat16")
    images = np.ones((1, 4, 6, 2), "float32")
    assert ConvolutionBlock(3)(images).shape == (1, 4, 6, 3)
    with pytest.raises(ValueError, match=r"ONEDNN_MAX_CPU_ISA=.* Received: dtype='mixed_bfloat16'"):
        ConvolutionBlock(3, dtype="mixed_bfloat16")(images)


@pytest.mark.parametrize("most", ["SSE41", "DEFAULT"])
def test_whatever_onednn_may_use_a_network_computes_in_half_precision_or_refuses(most):
    code = """
import keras
from tfkeypoints.backbones import ConvolutionBlock
try:
    print(ConvolutionBlock(3, dilation=2, dtype="mixed_bfloat16")(keras.ops.ones([1, 4, 6, 2])).dtype.name)
except ValueError as error:
    print(error)
"""
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": most}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "bfloat16" in done.stdout
    if most == "DEFAULT":
        assert done.stdout == "bfloat16\n"
