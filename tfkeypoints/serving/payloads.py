"""Messages to arrays and back: TensorFlow Serving's JSON, and the Open Inference Protocol (V2) of kserve's types."""

import base64
import binascii
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import ExifTags, Image, ImageOps

from tfkeypoints.serving.batching import BadRequest

if TYPE_CHECKING:
    import kserve


MAX_PIXELS = 50_000_000
"""Images with more pixels are refused before they are decoded."""
FORMATS = ("PNG", "JPEG")

Offered = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""The `inputs` of a model card: signature, to input, to its "dtype" and "shape". The first signature is the default."""


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


def from_json(body: Any, offered: Offered) -> tuple[str, dict[str, np.ndarray]]:
    """Reads the body of `POST /v1/models/NAME:predict`, as TensorFlow Serving has it.

    Args:
        body: `{"signature_name": …, "instances": [{input: value}, …]}`, a row an example, or
            `{"signature_name": …, "inputs": {input: values}}`. Images as bytes are `{"b64": "…"}`.
        offered: The signatures.

    Returns:
        The signature and its inputs.

    Raises:
        BadRequest: If the body is something else.
    """
    if not isinstance(body, dict) or ("instances" in body) == ("inputs" in body):
        raise BadRequest('The body should be a JSON object with either "instances" (rows) or "inputs" (columns)')
    signature = body.get("signature_name", "serving_default")
    signature = next(iter(offered)) if signature == "serving_default" else signature
    if not isinstance(signature, str) or signature not in offered:
        raise BadRequest(f"`signature_name` should be one of {', '.join(offered)}. Received: {shorten(signature)}")
    inputs = offered[signature]
    if "instances" not in body:
        columns = body["inputs"]
        check_names(signature, inputs, columns)
    else:
        rows = body["instances"]
        if not isinstance(rows, list) or not rows:
            raise BadRequest(f"`instances` should be a list with an object an example. Received: {shorten(rows)}")
        for row in rows:
            check_names(signature, inputs, row)
        columns = {name: [row[name] for row in rows] for name in inputs}
    return signature, as_arrays(inputs, columns)


def to_json(body: Mapping[str, Any], answer: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Writes the answer in rows if the request came in rows, otherwise in columns."""
    columns = {name: value.tolist() for name, value in answer.items()}
    if "instances" not in body:
        return {"outputs": columns}
    return {"predictions": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]}


def from_v2(request: "kserve.InferRequest", offered: Offered) -> tuple[str, dict[str, np.ndarray]]:
    """Reads kserve's `InferRequest`; the signature is the one to which most names of the inputs belong.

    Images as bytes are raw over gRPC, and base64 in JSON.

    Raises:
        BadRequest: If names, types or sizes do not fit.
    """
    given = {each.name: each for each in request.inputs}
    signature = max(offered, key=lambda name: len(offered[name].keys() & given.keys()))
    inputs, columns = offered[signature], {}
    check_names(signature, inputs, given)
    for name, tensor in given.items():
        try:
            values = tensor.as_numpy()
        except Exception as error:  # whatever a sender's bytes can do to the decoder is the sender's fault
            raise BadRequest(
                f"`{name}` should hold {tensor.datatype} values that fill the shape {tensor.shape} ({error})"
            ) from error
        encoded = inputs[name]["dtype"] == "string" and not request.from_grpc
        columns[name] = decode_base64(name, values) if encoded else values
    return signature, as_arrays(inputs, columns)


def to_v2(
    request: "kserve.InferRequest", name: str, version: int, answer: Mapping[str, np.ndarray]
) -> "kserve.InferResponse":
    """Writes kserve's `InferResponse`."""
    import uuid

    from kserve import InferOutput, InferResponse
    from kserve.utils.numpy_codec import from_np_dtype

    outputs = []
    for key, value in answer.items():
        output = InferOutput(key, list(value.shape), from_np_dtype(value.dtype))
        output.set_data_from_numpy(value, binary_data=request.from_grpc)
        outputs.append(output)
    return InferResponse(
        request.id or str(uuid.uuid4()),
        name,
        outputs,
        model_version=str(version),
        from_grpc=request.from_grpc,
        use_binary_outputs=request.from_grpc,
    )


def check_names(signature: str, inputs: Mapping[str, Any], given: Any) -> None:
    """Raises a BadRequest unless `given` has the inputs of the signature and no others."""
    if not isinstance(given, Mapping) or set(given) != set(inputs):
        received = sorted(map(str, given)) if isinstance(given, Mapping) else shorten(given)
        raise BadRequest(f"{signature} takes {', '.join(inputs)}. Received: {shorten(received)}")


def as_arrays(inputs: Mapping[str, Mapping[str, Any]], columns: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """All inputs of a signature as arrays of one batch.

    Raises:
        BadRequest: As `as_array`, or if their first axes differ.
    """
    arrays = {name: as_array(name, columns[name], spec["dtype"]) for name, spec in inputs.items()}
    batches = {array.shape[:1] for array in arrays.values()}
    if len(batches) > 1 or not batches.pop():
        shapes = ", ".join(f"{name} {list(array.shape)}" for name, array in arrays.items())
        raise BadRequest(f"Inputs should have the same first axis, the batch. Received: {shapes}")
    return arrays


def as_array(name: str, values: Any, dtype: str) -> np.ndarray:
    """An input of a signature as an array of its type.

    Raises:
        BadRequest: If the values are of another type or ragged, or an image is none, or too large.
    """
    if dtype == "string":
        return as_encoded(values)
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise BadRequest(f"`{name}` should be a regular nested list of numbers ({error})") from error
    if array.dtype.kind not in "iuf" or array.size == 0:
        raise BadRequest(f"`{name}` should be a nested list of numbers. Received: {shorten(values)}")
    if np.dtype(dtype).kind == "f":
        with np.errstate(over="ignore"):
            return array.astype(dtype)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    if array.dtype != dtype and not (array.dtype.kind in "iu" and array.min() >= low and array.max() <= high):
        raise BadRequest(
            f"`{name}` should be whole numbers from {low} to {high}. Received: {array.dtype} {shorten(values)}"
        )
    return array.astype(dtype)


def as_encoded(values: Any) -> np.ndarray:
    """Bytes of images, `[batch, views]`, turned upright, from nested lists of bytes or of `{"b64": "…"}`."""
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
        array[place] = upright(encoded)
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


def upright(encoded: bytes) -> bytes:
    """An image turned as its camera was held, as its EXIF tells; the same bytes where there is nothing to turn."""
    try:
        with Image.open(io.BytesIO(encoded), formats=FORMATS) as image:
            # Without the first condition, Pillow would decode a PNG to look for EXIF behind its pixels.
            if "exif" not in image.info or image.getexif().get(ExifTags.Base.Orientation) not in range(2, 9):
                return encoded
            file = io.BytesIO()
            ImageOps.exif_transpose(image).save(file, "PNG" if image.format == "PNG" else "JPEG", quality=95)
    except Exception as error:  # Pillow raises many things at broken images
        raise BadRequest(f"An image should be turned upright as its EXIF tells, but {error}") from error
    return file.getvalue()


def decode_base64(name: str, text: str | bytes | np.ndarray) -> Any:
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
