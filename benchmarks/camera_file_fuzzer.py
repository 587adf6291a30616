"""Mutated camera files of each format: is each read right, or refused by a ValueError that names it?

    python benchmarks/camera_file_fuzzer.py --count 5000 --seed 0

Takes the files in tests/cameras/files, which other programs wrote, and damages or rewrites them: values, keys, lines,
types, bytes, encodings. What a mutated file says follows from the numbers that changed and from what they mean, without
the readers: the projection of the cameras that are read is compared with that. Where more than numbers changed, every
camera that is read must be the original's. A file that says the same as before must be read the same.

Prints a row a format: how many files gave the original's cameras, the changed ones that they say, or were refused.
"Open" are files that are as good as before though they say something else by accident: COLMAP's models with another
model's number or two cameras' numbers swapped, lists of coefficients in which two became one, and HDF5 whose own
description of its numbers is damaged (it has no checksums). Anything else is wrong: it is printed, its files stay in
`--folder`, and the exit code is 1.
"""

import argparse
import collections
import copy
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/

import camera_file_mutations as mutations
import numpy as np
import tables
import tqdm
from camera_file_subjects import SUBJECTS, Original

from tfkeypoints.calibration import read_calibration

SAME = 1e-6  # pixels
SLOW = 20  # seconds of the processor
OUTCOMES = ("same", "as it says", "refused", "open", "wrong")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="mutated files of each format")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="names of formats; all if none are given")
    parser.add_argument("--folder", type=Path, default=Path("runs/camera_file_fuzzer"), help="of the wrong ones")
    arguments = parser.parse_args()
    rows, wrong = [], 0
    for subject in SUBJECTS:
        if not arguments.only or subject.name in arguments.only:
            counts, faults = fuzz(subject, arguments.count, arguments.seed, arguments.folder)
            rows.append([subject.name, arguments.count, *(counts[outcome] for outcome in OUTCOMES)])
            wrong += len(faults)
            print("\n".join([*faults[:10], str(rows[-1])]), file=sys.stderr, flush=True)
    total = [sum(row[column] for row in rows) for column in range(1, len(OUTCOMES) + 2)]
    print(tables.table(["format", "files", *OUTCOMES], [*rows, ["all", *total]]))
    sys.exit(bool(wrong))


def fuzz(subject, count, seed, keep):
    """Reads `count` mutated files; returns how many came to each outcome, and a line for each wrong one."""
    counts, faults = collections.Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        original = Original(subject, Path(folder))
        for index in tqdm.trange(count, desc=subject.name, disable=None):
            rng = np.random.default_rng([seed, SUBJECTS.index(subject), index])
            part, mutation, content = original.mutated(rng)
            if content is None:
                counts["same"] += 1
                continue
            part.write(content)
            started = time.process_time()
            outcome, reason = judge(original, part, mutation, content)
            if time.process_time() - started > SLOW:
                outcome, reason = "wrong", f"took {time.process_time() - started:.0f} s"
            counts[outcome] += 1
            if outcome == "wrong":
                place = keep / f"{subject.name}-{seed}-{index}".replace(" ", "_").replace(",", "")
                shutil.rmtree(place, ignore_errors=True)
                shutil.copytree(folder, place)
                faults.append(f"{place}: {mutation} of {part.name}: {reason}")
            part.write(part.content)
    return counts, faults


def judge(original, part, mutation, content):
    """The outcome of one file, and why it is wrong."""
    want, tolerance, numeric = original.says(part, content)
    try:
        found = read_calibration(original.path)
    except ValueError as error:
        if mutation in mutations.MUST_READ:
            return "wrong", f"refused: {error}"
        named = part.path.name in str(error) or str(original.path) in str(error)
        return ("refused", "") if named else ("wrong", f"does not name the file: {error}")
    except Exception as error:
        return "wrong", f"{type(error).__name__}: {error}"
    if fits(found, original, original.base, SAME, partial=not numeric):
        if mutation == "nudge" and not fits(found, original, want, tolerance, partial=False):
            return "wrong", "a number that changed has no effect"
        return "same", ""
    if fits(found, original, want, tolerance, partial=False):
        return "as it says", ""
    if original.has_switched_off(content) and fits(found, original, want, tolerance, partial=True):
        return "as it says", ""
    merged = not numeric and fits(found, original, with_fewer(original.base, found), SAME, partial=True)
    if merged or part.has_no_checksums or original.is_other_model(part, content):
        return "open", ""
    return "wrong", "other cameras than the file says"


def with_fewer(base, found):
    """The original's cameras with the lenses that have fewer coefficients: of numbers that were joined to one."""
    want = copy.deepcopy(base)
    for index, (lens, before) in enumerate(zip(found.lenses, base.lenses, strict=False)):
        want.lenses[index] = list(lens.coefficients) if len(lens.coefficients) < len(before) else before
    return want


def fits(found, original, want, tolerance, partial):
    """Whether these are the cameras that are wanted; `partial` allows fewer of them, and sizes that are not said."""
    try:
        with np.errstate(all="ignore"):
            wanted = want.calibration()
            pixels, expected = found.project(original.points), wanted.project(original.points)
    except ValueError:
        return False
    left = iter([index for index, name in enumerate(wanted.names) if name not in found.names])
    by_name = [wanted.names.index(name) if name in wanted.names else next(left, None) for name in found.names]
    orders = [by_name] if None not in by_name and (partial or len(by_name) == len(wanted.names)) else []
    if len(found.names) == len(wanted.names):
        orders.append(list(range(len(found.names))))
    for order in orders:
        sizes = np.all(found.sizes == wanted.sizes[order], 1) | (partial & ~found.sizes.any(1))
        error = np.abs(pixels - expected[order])
        near = (error <= tolerance + SAME * np.abs(expected[order])) | (np.isnan(pixels) & np.isnan(expected[order]))
        if sizes.all() and near.all():
            return True
    return False


if __name__ == "__main__":
    main()
