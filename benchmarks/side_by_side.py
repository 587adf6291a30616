"""A training step in TensorFlow and its twin in PyTorch, each in a process of its own, turn by turn."""

import json
import subprocess
import sys

import numpy as np
import steps
import tables

FRAMEWORKS = ("tensorflow", "torch")
FIGURES = {
    "processor": "processor seconds a step",
    "wall": "wall seconds a step",
    "added": "peak GiB above the imports",
    "peak": "peak GiB of the process",
}


def measure(step, parameters, before, repeats):
    """Prints what a step costs as JSON, with peak memory in GiB, whole and above what stood before the model."""
    found = steps.cost(step, repeats, warm_up=3)
    found |= {"peak": steps.peak(), "added": steps.peak() - before, "parameters": parameters}
    print(json.dumps(found))


def compare(script, words, turns):
    """Runs a benchmark's script once a framework and turn, and prints every turn and a table.

    Args:
        script: Its path.
        words: Its options.
        turns: How often.
    """
    found = []
    for turn in range(turns):
        frameworks = FRAMEWORKS if turn % 2 == 0 else FRAMEWORKS[::-1]
        found.append({framework: ask(script, words, framework) for framework in frameworks})
        print(f"turn {turn + 1}: " + "  ".join(f"{name} {ratio(found[-1], name):.2f}" for name in FIGURES))
    parameters = [found[0][framework]["parameters"] for framework in FRAMEWORKS]
    print("\n{:,} and {:,} parameters\n\n".format(*parameters) + report(found))


def use_torch_threads(count):
    """Lets PyTorch compute with so many threads; None leaves it its own choice."""
    if count is not None:
        import torch

        torch.set_num_threads(count)


def ask(script, words, framework):
    """What a process of one framework measured."""
    command = [sys.executable, script, *words, "--framework", framework]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(answer.splitlines()[-1])


def ratio(turn, name):
    """Ours over the twin's."""
    return turn["tensorflow"][name] / turn["torch"][name]


def report(turns):
    """A table in Markdown: medians of both, and the ratios' median and range."""
    rows = []
    for name, title in FIGURES.items():
        medians = [f"{np.median([turn[framework][name] for turn in turns]):.3g}" for framework in FRAMEWORKS]
        ratios = [ratio(turn, name) for turn in turns]
        spread = f" ({min(ratios):.2f} – {max(ratios):.2f})" if len(turns) > 1 else ""
        rows.append([title, *medians, f"{np.median(ratios):.2f}{spread}"])
    return tables.table(["", "here", "PyTorch twin", "ratio"], rows)
