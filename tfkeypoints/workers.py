"""The workers of a training, as the environment variable TF_CONFIG tells them. Imports no TensorFlow.

TF_CONFIG='{"cluster": {"worker": ["host:port", …]}, "task": {"type": "worker", "index": 0}}', the same on all but for
the index, is what TensorFlow's own strategies read, and what Ray, Kubernetes' operators and others set.
"""

import json
import os


def addresses() -> list[str]:
    """`host:port` of all workers, in their order; none for a training of one process.

    Raises:
        ValueError: If TF_CONFIG is not such JSON.
    """
    return _read()[0]


def index() -> int:
    """Which of the workers this process is, from 0; the first one keeps the run folder."""
    return _read()[1]


def on_this_machine() -> int:
    """How many of the workers run on this one's host, itself included: they share its cores and memory."""
    hosts = [address.rpartition(":")[0] for address in addresses()]
    return hosts.count(hosts[index()]) if hosts else 1


def turn() -> int:
    """When this worker may look for its data: the first one, 0, may have to build them, then the first one of each
    other machine, 1, unless the machines share them, and then all others, 2, find them."""
    hosts = [address.rpartition(":")[0] for address in addresses()[: index() + 1]]
    if index() == 0:
        return 0
    return 2 if hosts[-1] in hosts[:-1] else 1


def _read() -> tuple[list[str], int]:
    text = os.environ.get("TF_CONFIG")
    if not text:
        return [], 0
    try:
        config = json.loads(text)
        if "cluster" not in config:
            return [], 0
        others = set(config["cluster"]) - {"worker"}
        workers, task = list(config["cluster"]["worker"]), config["task"]
        known = not others and task["type"] == "worker" and 0 <= task["index"] < len(workers)
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise ValueError(
            "TF_CONFIG must name the workers and which of them this one is: "
            '{"cluster": {"worker": ["host:port", …]}, "task": {"type": "worker", "index": 0}}. '
            f"Received: TF_CONFIG={text}"
        )
    return workers, task["index"]
