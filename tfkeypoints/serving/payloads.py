"""Messages to arrays and back: TensorFlow Serving's JSON, and the Open Inference Protocol (V2) of kserve's types."""

import base64
import binascii
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from tfkeypoints.serving.batching import BadRequest
from tfkeypoints.serving.signatures import ARRAYS, ENCODED, INPUTS

MAX_PIXELS = 50_000_000
"""Images with more pixels are refused before they are decoded."""
FORMATS = ("PNG", "JPEG")


def parse(body: bytes) -> Any:
    """Parses JSON, of whatever content type it claims to be; NaN is no JSON.

    Raises:
        BadRequest: If it is not JSON.
    """
    import orjson

    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body should be JSON ({error})") from error


def from_json(body: Any) -> tuple[str, dict[str, np.ndarray]]:
    """Reads the body of `POST /v1/models/NAME:predict`, as TensorFlow Serving has it.

    Args:
        body: `{"signature_name": …, "instances": [{input: value}, …]}`, a row an example, or
            `{"signature_name": …, "inputs": {input: values}}`. Images as bytes are `{"b64": "…"}`.

    Returns:
        The signature and its inputs.

    Raises:
        BadRequest: If the body is something else.
    """
    if not isinstance(body, dict) or ("instances" in body) == ("inputs" in body):
        raise BadRequest('The body should be a JSON object with either "instances" (rows) or "inputs" (columns)')
    signature = body.get("signature_name", "serving_default")
    signature = ARRAYS if signature == "serving_default" else signature
    if signature not in INPUTS:
        raise BadRequest(f"`signature_name` should be one of {', '.join(INPUTS)}. Received: {signature!r}")
    if "instances" not in body:
        columns = body["inputs"]
        check_names(signature, columns)
    else:
        rows = body["instances"]
        if not isinstance(rows, list) or not rows:
            raise BadRequest(f"`instances` should be a list with an object an example. Received: {shorten(rows)}")
        for row in rows:
            check_names(signature, row)
        columns = {name: [row[name] for row in rows] for name in INPUTS[signature]}
    return signature, {name: as_array(name, columns[name]) for name in INPUTS[signature]}


def to_json(body: Mapping[str, Any], answer: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Writes the answer in rows if the request came in rows, otherwise in columns."""
    columns = {name: value.tolist() for name, value in answer.items()}
    if "instances" not in body:
        return {"outputs": columns}
    return {"predictions": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]}


def from_v2(request) -> tuple[str, dict[str, np.ndarray]]:
    """Reads kserve's `InferRequest`; the signature follows from the names of the inputs.

    Images as bytes are raw over gRPC, and base64 in JSON.

    Raises:
        BadRequest: If names, types or sizes do not fit.
    """
    given = {each.name: each for each in request.inputs}
    signature = ENCODED if "image_bytes" in given else ARRAYS
    check_names(signature, given)
    inputs = {}
    for name, tensor in given.items():
        try:
            values = tensor.as_numpy()
        except Exception as error:  # whatever a sender's bytes can do to the decoder is the sender's fault
            raise BadRequest(
                f"`{name}` should hold {tensor.datatype} values that fill the shape {tensor.shape} ({error})"
            ) from error
        encoded = name == "image_bytes" and not request.from_grpc
        inputs[name] = as_array(name, decode_base64(name, values) if encoded else values)
    return signature, inputs


def to_v2(request, name: str, version: int, answer: Mapping[str, np.ndarray]):
    """Writes kserve's `InferResponse`."""
    import uuid

    from kserve import InferOutput, InferResponse

    outputs = []
    for key, value in answer.items():
        output = InferOutput(key, list(value.shape), "FP32")
        output.set_data_from_numpy(np.asarray(value, np.float32), binary_data=request.from_grpc)
        outputs.append(output)
    return InferResponse(
        request.id or str(uuid.uuid4()),
        name,
        outputs,
        model_version=str(version),
        from_grpc=request.from_grpc,
        use_binary_outputs=request.from_grpc,
    )


def check_names(signature: str, given: Any) -> None:
    """Raises a BadRequest unless `given` has the inputs of the signature and no others."""
    if not isinstance(given, Mapping) or set(given) != set(INPUTS[signature]):
        received = sorted(map(str, given)) if isinstance(given, Mapping) else shorten(given)
        raise BadRequest(f"{signature} takes {', '.join(INPUTS[signature])}. Received: {shorten(received)}")


def as_array(name: str, values: Any) -> np.ndarray:
    """An input of a signature as an array of its type.

    Raises:
        BadRequest: If the values are of another type or ragged, or an image is none, or too large.
    """
    if name == "image_bytes":
        return as_encoded(values)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise BadRequest(f"`{name}` should be a regular nested list of numbers ({error})") from error
    if array.dtype.kind not in "iuf" or array.size == 0:
        raise BadRequest(f"`{name}` should be a nested list of numbers. Received: {shorten(values)}")
    if name != "image":
        with np.errstate(over="ignore"):
            return array.astype(np.float32)
    if array.dtype != np.uint8 and not (array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= 255):
        raise BadRequest(f"`image` should be whole numbers from 0 to 255. Received: {array.dtype} {shorten(values)}")
    return array.astype(np.uint8)


def as_encoded(values: Any) -> np.ndarray:
    """Bytes of images, `[batch, views]`, from nested lists of bytes or of `{"b64": "…"}`."""
    rows = values.tolist() if isinstance(values, np.ndarray) else values
    if not (
        isinstance(rows, list) and rows and all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows)
    ):
        raise BadRequest("`image_bytes` should have the shape [batch, views]: a list of equally long lists of images")
    array = np.empty((len(rows), len(rows[0])), object)
    for place in np.ndindex(array.shape):
        encoded = rows[place[0]][place[1]]
        if isinstance(encoded, dict) and isinstance(encoded.get("b64"), str):
            encoded = decode_base64("image_bytes", encoded["b64"])
        if not isinstance(encoded, bytes):
            raise BadRequest(f'An image should be {{"b64": "…"}}, PNG or JPEG. Received: {shorten(encoded)}')
        check_image(encoded)
        array[place] = encoded
    return array


def check_image(encoded: bytes) -> None:
    """Looks at the head of an image, which tells its form and size, before anything is decoded."""
    try:
        with Image.open(io.BytesIO(encoded), formats=FORMATS) as image:
            width, height = image.size
    except Image.DecompressionBombError as error:
        raise BadRequest(f"An image is too large: {error}") from error
    except Exception as error:  # Pillow raises many things at broken heads
        raise BadRequest(f"An image should be a whole PNG or JPEG. Received: {len(encoded)} bytes, {error}") from error
    if width * height > MAX_PIXELS:
        raise BadRequest(f"An image should have at most {MAX_PIXELS} pixels. Received: {width} × {height}")


def decode_base64(name: str, text):
    """Decodes base64, of one text or of each of an array."""
    if isinstance(text, np.ndarray):
        return np.vectorize(lambda each: decode_base64(name, each), otypes=[object])(text)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadRequest(f"`{name}` should be base64 ({error}). Received: {shorten(text)}") from error


def shorten(value: Any) -> str:
    """The beginning of a value, for a message."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
