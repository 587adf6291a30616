"""Checks TFRecord files by walking over their framing, without reading what they hold."""

import os
import struct

HEADER = struct.Struct("<QI")  # length of the record and the checksum of that length
FOOTER_BYTES = 4  # checksum of the record


def check_record_file(path, num_records):
    """Checks that a TFRecord file is complete.

    Args:
        path: The file.
        num_records: How many records it must hold.

    Raises:
        ValueError: If it is missing, cut short, or holds another number of records. The message names the file.
    """
    if not os.path.isfile(path):
        raise ValueError(f"The record file {path} is missing; it must hold {num_records} records")
    size = os.path.getsize(path)
    end = count = 0
    with open(path, "rb") as file:
        while end < size:
            header = file.read(HEADER.size)
            if len(header) < HEADER.size:
                break
            end = file.tell() + HEADER.unpack(header)[0] + FOOTER_BYTES
            count += end <= size
            file.seek(min(end, size))
    if end != size or count != num_records:
        raise ValueError(
            f"The record file {path} is truncated or damaged: it must hold {num_records} records. "
            f"Received: {count} whole records in {size} bytes"
        )
