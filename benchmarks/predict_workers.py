"""`tfkeypoints predict --workers`: how fast it is, which engine serves it best, and whether its files survive kills.

    python benchmarks/predict_workers.py speed --frames 4000      # one worker against two, a core each
    python benchmarks/predict_workers.py engines --frames 4000    # actors of Ray, Ray Data, Beam (extra `beam`)
    python benchmarks/predict_workers.py kills --frames 100000    # 20 kills of a worker, 5 of the command

Two cameras film textured discs (as `prediction_speed.py`), 64 × 48 pixels at 30 frames/s; the Keypoint3D of the preset
`small`, with 24 keypoints and 64 px, has learnt nothing. Frames of both cameras count as one. `--out` keeps the films
and what was measured: the same command goes on where it was stopped. Processor time is that of the command and all
processes that it starts.
"""

import argparse
import contextlib
import csv
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import zip_longest
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import engines
import numpy as np
import tables
from prediction_speed import make_recording, make_run

from tfkeypoints import files

CAMERAS, SIZE, FPS = 2, (64, 48), 30
TINY = (24, 18), 240, {"image_size": 16, "num_keypoints": 4, "filters": 4, "levels": 1}
"""Of films where only kills matter: size, frames/s (one frame in eight is drawn), and what the model has instead."""
SETTINGS = {
    "predict, one core": ([], 1),
    "--workers 1, one core": (["--workers", "1"], 1),
    "predict, two cores": ([], 2),
    "--workers 2, a core each": (["--workers", "2"], 2),
}
"""Options, and the number of cores that all processes share."""
PATIENCE = 300
"""Seconds after which an engine is ended that has not ended."""
LOOK = 0.1
"""Seconds between two looks at the processes."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=MEASURED)
    parser.add_argument("--frames", type=int, default=4000)
    parser.add_argument("--repeats", type=int, default=1, help="of `speed` and `engines`")
    parser.add_argument("--worker-kills", type=int, default=20)
    parser.add_argument("--head-kills", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("runs/predict_workers"))
    parser.add_argument("--tiny", action="store_true", help="films and a model that take little time, for `kills`")
    arguments = parser.parse_args()
    folder = arguments.out / (f"tiny-{arguments.frames}" if arguments.tiny else str(arguments.frames))
    if not (folder / "run" / "model.keras").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        size, fps, model = TINY if arguments.tiny else (SIZE, FPS, {})
        make_recording(folder, CAMERAS, arguments.frames, size, fps)
        make_run(folder / "run", folder / "cameras.json", **model)
    print(MEASURED[arguments.what](folder, arguments))


def speed(folder, arguments):
    """A table of what each of `SETTINGS` costs."""
    measured = Measured(folder / "speed.json")
    for repeat in range(arguments.repeats):
        for name, (options, cores) in SETTINGS.items():
            measured.once(f"{name} {repeat}", lambda options=options, cores=cores: cost(folder, options, cores))
    rows = []
    for name in SETTINGS:
        found = [measured.found[f"{name} {repeat}"] for repeat in range(arguments.repeats)]
        rows.append(
            [
                name,
                tables.mean_std([arguments.frames / each["finding"] for each in found]),
                tables.mean_std([1000 * each["finding_processor"] / arguments.frames for each in found]),
                tables.mean_std([each["wall"] for each in found]),
                tables.mean_std([each["processor"] for each in found]),
            ]
        )
    head = ["", "frames/s while finding", "processor ms/frame while finding", "s in all", "processor s in all"]
    return tables.table(head, rows)


def cost(folder, options, cores):
    """Seconds of a prediction from its start to its end, and from its first chunk to its last."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    begin = time.perf_counter()
    process = predict(folder, out, options, sorted(os.sched_getaffinity(0))[:cores])
    spent, looks = {}, []
    while process.poll() is None:
        spent |= processor_seconds(process.pid)
        kept = len(list((out / "unfinished").glob("0*.npz")))
        looks.append((time.perf_counter() - begin, sum(spent.values()), kept))
        time.sleep(LOOK)
    if process.returncode:
        raise RuntimeError(process.stderr.read())
    kept = max(look[2] for look in looks)
    first, last = (next(look for look in looks if look[2] >= count) for count in (1, kept))
    share = (kept - first[2]) / kept  # of the frames, between these two looks
    return {
        "wall": looks[-1][0],
        "processor": looks[-1][1],
        "finding": (last[0] - first[0]) / share,
        "finding_processor": (last[1] - first[1]) / share,
    }


def kills(folder, arguments):
    """Predicts undisturbed, and again while processes are killed, and compares the files."""
    alone, killed = folder / "alone", folder / "killed"
    if not (alone / "keypoints.csv").exists():
        wait(predict(folder, alone, []))
    measured = Measured(folder / "kills.json")
    rng = np.random.default_rng(len(measured.found))
    plan = ["worker"] * arguments.worker_kills + ["head"] * arguments.head_kills
    plan = np.random.default_rng(0).permutation(plan).tolist()[len(measured.found) :]
    begin = time.perf_counter()
    process = predict(folder, killed, ["--workers", "2"])
    for what in plan:
        before, waited = chunks_in(killed), time.perf_counter() + rng.exponential(3)
        workers = []
        while chunks_in(killed) == before or time.perf_counter() < waited or not workers:
            if process.poll() is not None:
                raise RuntimeError(
                    f"the prediction ended with {process.returncode}, before all kills: take more frames"
                )
            started = descendants(process.pid)
            workers = [child for child, line in started.items() if line.startswith("ray::_Worker")]
            time.sleep(LOOK)
        os.kill(process.pid if what == "head" else int(rng.choice(workers)), signal.SIGKILL)
        entry = {"what": what, "chunks": chunks_in(killed)}
        if what == "head":
            process.wait()
            entry["seconds until all its processes ended"] = ended(started)
            process = predict(folder, killed, ["--workers", "2"])
        measured.once(f"kill {len(measured.found)}", lambda entry=entry: entry)
        print(entry, file=sys.stderr)
    wait(process)
    done = [each["what"] for each in measured.found.values()]
    orphans = [each.get("seconds until all its processes ended", 0) for each in measured.found.values()]
    rows = [
        ["frames", arguments.frames],
        ["kills of a worker", done.count("worker")],
        ["kills of the command", done.count("head")],
        ["seconds until what a killed command had started was gone, at most", f"{max(orphans):.1f}"],
        ["frames in `keypoints.csv`, each once and in order", each_once(killed, arguments.frames)],
        ["files that differ", ", ".join(differing(killed, alone)) or "none"],
        ["files of one of the two only", ", ".join(names(killed) ^ names(alone)) or "none"],
        ["seconds of the last session", f"{time.perf_counter() - begin:.0f}"],
    ]
    return tables.table(["", "found"], rows)


def each_once(out, count):
    """Whether the table has the frames 0, 1, … in this order, each with all keypoints in theirs."""
    with np.load(out / "keypoints.npz") as found, open(out / "keypoints.csv", newline="") as file:
        expected = itertools.product(range(count), range(found["keypoints"].shape[1]))
        rows = itertools.islice(csv.reader(file), 1, None)
        return all(row and place and row[:2] == list(map(str, place)) for row, place in zip_longest(rows, expected))


def names(folder):
    """The names of what lies in a folder."""
    return {path.name for path in folder.iterdir()}


def differing(found, expected):
    """What differs between two predictions: names of files and arrays. Videos compressed in other pieces differ."""
    differ = [] if (found / "keypoints.csv").read_bytes() == (expected / "keypoints.csv").read_bytes() else ["csv"]
    with np.load(found / "keypoints.npz") as ours, np.load(expected / "keypoints.npz") as theirs:
        names = sorted({*ours.files, *theirs.files})
        differ += [
            name
            for name in names
            if name not in ours
            or name not in theirs
            or not np.array_equal(ours[name], theirs[name], equal_nan=ours[name].dtype.kind == "f")
        ]
    if (found / "keypoints.mp4").read_bytes() != (expected / "keypoints.mp4").read_bytes():
        differ.append("mp4")
    return differ


def compare_engines(folder, arguments):
    """A table of what each engine costs that could do the same, and what becomes of a process that is killed."""
    measured = Measured(folder / "engines.json")
    for name in engines.ENGINES:
        for repeat in range(arguments.repeats):
            measured.once(f"{name} {repeat}", lambda name=name: engine_cost(folder, name, False))
        measured.once(f"{name} killed", lambda name=name: engine_cost(folder, name, True))
    rows = []
    for name in engines.ENGINES:
        found = [measured.found[f"{name} {repeat}"] for repeat in range(arguments.repeats)]
        lost = measured.found[f"{name} killed"]
        code = lost["code"]
        rows.append(
            [
                name,
                tables.mean_std([each["wall"] for each in found]),
                tables.mean_std([each["processor"] for each in found]),
                tables.mean_std([each["memory"] for each in found]),
                f"{f'fails ({code})' if code else 'ends well'}, {lost['wall']:.0f} s",
            ]
        )
    head = ["", "s in all", "processor s in all", "MiB of all processes, at most", "a worker is killed"]
    return tables.table(head, rows)


def engine_cost(folder, name, kill_one):
    """What an engine costs that lets two processes find all chunks; one of them may be killed meanwhile."""
    out = folder / "engine"
    shutil.rmtree(out, ignore_errors=True)
    begin = time.perf_counter()
    command = [sys.executable, engines.__file__, name, str(folder), str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    spent, most, killed = {}, 0, False
    while process.poll() is None:
        spent |= processor_seconds(process.pid)
        most = max(most, sum(proportional(child) for child in descendants(process.pid)))
        if kill_one and not killed and list(out.glob("0*.npz")):
            busy = max(descendants(process.pid), key=lambda child: spent.get(child, 0))
            os.kill(busy, signal.SIGKILL)
            killed = True
        if time.perf_counter() - begin > PATIENCE:
            for each in [process.pid, *descendants(process.pid)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
        time.sleep(LOOK)
    missing = engines.missing(folder, out)
    code = process.returncode or (f"{missing} chunks missing" if missing else 0)
    if not killed and (code or kill_one):
        raise RuntimeError(f"{name}: nothing was killed, and it ended with {code}. Try it: {' '.join(command)}")
    return {"wall": time.perf_counter() - begin, "processor": sum(spent.values()), "memory": most, "code": code}


def predict(folder, out, options, cores=None):
    """Starts a prediction, on some cores only."""
    words = ["run", "recording", "--cameras", "cameras.json", "--out", str(out.relative_to(folder)), *options]
    return subprocess.Popen(
        [sys.executable, "-m", "tfkeypoints.cli", "predict", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )


def wait(process):
    """Waits until a prediction has ended well."""
    told = process.communicate()[1]
    if process.returncode:
        raise RuntimeError(told)


def chunks_in(out):
    """How many chunks are kept."""
    return len(list((out / "unfinished").glob("0*.npz")))


def ended(processes):
    """Seconds until all of some processes have ended."""
    begin = time.perf_counter()
    while any(is_running(child) for child in processes):
        time.sleep(LOOK / 10)
    return time.perf_counter() - begin


def descendants(process):
    """The processes that a process started, itself included: number to command line."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        if fields := _stat(path):
            parents[int(path.name)] = int(fields[1])
    found, added = set(), {process}
    while added:
        found |= added
        added = {child for child, parent in parents.items() if parent in added} - found
    return {child: _line(child) for child in found}


def processor_seconds(process):
    """Processor seconds of each process that a process started, itself included."""
    ticks = {child: _stat(Path(f"/proc/{child}")) for child in descendants(process)}
    return {child: (int(each[11]) + int(each[12])) / os.sysconf("SC_CLK_TCK") for child, each in ticks.items() if each}


def is_running(process):
    """Whether a process has not ended."""
    return _stat(Path(f"/proc/{process}")) is not None


def proportional(process):
    """MiB of a process; of pages that several share, its part."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _stat(path):
    """The fields behind a process' name; None if it has ended."""
    try:
        fields = (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields


def _line(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


class Measured:
    """What was measured, in a file, so that nothing is measured twice."""

    def __init__(self, path):
        self.path = path
        self.found = json.loads(path.read_text()) if path.exists() else {}

    def once(self, name, measure):
        """Measures what was not measured yet."""
        if name not in self.found:
            self.found[name] = measure()
            files.write_json(self.path, self.found)


MEASURED = {"speed": speed, "engines": compare_engines, "kills": kills}


if __name__ == "__main__":
    main()
