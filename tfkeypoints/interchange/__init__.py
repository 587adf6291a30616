"""Files that other programs read poses from, one module a format.

A module has `NAME`, for messages; `PACKAGES`, what it imports beside the core, of which extra; `needs(layout)`, which
says, before a recording is predicted, what the format asks for that it lacks: words, or None; and `write(stem, poses)`,
which writes its file or files beside `stem`, and returns their paths; or `write_pieces(stem, pieces)`, to which the
frames come in pieces one after another, of which few are in memory at a time.
"""

NAMES = ("anipose", "dlc", "trc", "c3d", "nwb", "slp", "rerun", "parquet")
"""The modules."""
