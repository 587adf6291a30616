"""Models in other formats than TensorFlow's: ONNX, LiteRT and OpenVINO, for small machines and other languages.

They hold the signature `detect` for one example, without the checks in the graph, which their operators do not offer.
"""

import logging
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfkeypoints import files
from tfkeypoints.serving.signatures import ARRAYS, Signature

OPSET = 17
"""ONNX operators; enough for all layers, and read by every runtime of the last years."""

Detect = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]


def write_onnx(model: keras.Model, signature: Signature, path: str | Path, num_views: int) -> None:
    """Writes `model.onnx`. Needs tf2onnx."""
    import tf2onnx

    # An optional step of it takes no einsum with an ellipsis, and says so at length.
    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    specs = _specs(signature, num_views)

    def function(*values: tf.Tensor) -> dict[str, tf.Tensor]:
        return signature.function(dict(zip(specs, values, strict=True)))

    converted, _ = tf2onnx.convert.from_function(tf.function(function), list(specs.values()), opset=OPSET)
    with files.whole(path) as partial:
        partial.write_bytes(converted.SerializeToString())


def load_onnx(path: str | Path) -> Detect:
    """Loads it with ONNX Runtime, on the CPU."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(names, dict(inputs)), strict=True))


def write_litert(model: keras.Model, signature: Signature, path: str | Path, num_views: int) -> None:
    """Writes `model.tflite`."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(ARRAYS, signature.function, input_signature=[_specs(signature, num_views)])
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[ARRAYS])
        content = converter.convert()
    with files.whole(path) as partial:
        partial.write_bytes(content)


def load_litert(path: str | Path) -> Detect:
    """Loads it with LiteRT's interpreter."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))  # the runner below does not keep it
    runner = interpreter.get_signature_runner(ARRAYS)
    return lambda inputs: {name: value.copy() for name, value in _with(interpreter, runner)(**inputs).items()}


def write_openvino(model: keras.Model, signature: Signature, path: str | Path, num_views: int) -> None:
    """Writes `model.xml` and `model.bin`, by way of ONNX."""
    import openvino

    path = Path(path)
    with tempfile.TemporaryDirectory() as folder:
        write_onnx(model, signature, Path(folder) / "model.onnx", num_views)
        converted = openvino.convert_model(Path(folder) / "model.onnx")
        openvino.save_model(converted, Path(folder) / "model.xml", compress_to_fp16=False)
        for suffix in (".bin", ".xml"):  # the one that names the other comes last
            with files.whole(path.with_suffix(suffix)) as partial:
                partial.write_bytes((Path(folder) / f"model{suffix}").read_bytes())


def load_openvino(path: str | Path) -> Detect:
    """Loads it with OpenVINO, on the CPU, at full precision."""
    import openvino

    core = openvino.Core()
    model = core.read_model(str(path))
    names = [each.get_any_name() for each in model.outputs]  # compiled, an output may have names of inner tensors too
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda inputs: dict(zip(names, (np.array(each) for each in compiled(dict(inputs)).values()), strict=True))


FORMATS = {
    "onnx": ("model.onnx", write_onnx, load_onnx),
    "litert": ("model.tflite", write_litert, load_litert),
    "openvino": ("model.xml", write_openvino, load_openvino),
}
"""File name, writer and loader of each format."""

PACKAGES = {"onnx": ("tf2onnx", "onnxruntime"), "litert": ("ai_edge_litert",), "openvino": ("tf2onnx", "openvino")}
"""What each format imports, of the extra `formats`."""


def _specs(signature: Signature, num_views: int | None) -> dict[str, tf.TensorSpec]:
    return {
        name: tf.TensorSpec([1, num_views, *spec.shape[2:]], spec.dtype, name=name)
        for name, spec in signature.inputs.items()
    }


def _with(owner: object, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function; keeps its owner alive as long as itself is used."""
    return function
