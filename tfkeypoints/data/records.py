"""Checks TFRecord files by walking over their framing, without reading what they hold."""

import os
import struct
from pathlib import Path

import numpy as np

HEADER = struct.Struct("<QI")  # length of the record and the checksum of that length
FOOTER_BYTES = 4  # checksum of the record


def check_record_file(path: str | Path, num_records: int) -> np.ndarray:
    """Checks that a TFRecord file is complete.

    Args:
        path: The file.
        num_records: How many records it must hold.

    Returns:
        Where each record begins, `[num_records]` int64: the byte of its header.

    Raises:
        ValueError: If it is missing, cut short, or holds another number of records. The message names the file.
    """
    if not os.path.isfile(path):
        raise ValueError(f"The record file {path} is missing; it must hold {num_records} records")
    size = os.path.getsize(path)
    end = 0
    begins = []
    with open(path, "rb") as file:
        while end < size:
            header = file.read(HEADER.size)
            if len(header) < HEADER.size:
                break
            begin, end = end, file.tell() + HEADER.unpack(header)[0] + FOOTER_BYTES
            if end <= size:
                begins.append(begin)
            file.seek(min(end, size))
    if end != size or len(begins) != num_records:
        raise ValueError(
            f"The record file {path} is truncated or damaged: it must hold {num_records} records. "
            f"Received: {len(begins)} whole records in {size} bytes"
        )
    return np.array(begins, np.int64)
