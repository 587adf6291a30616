"""What stepping environments costs, for `control_throughput.py`, which also lets older checkouts run this file.

Of this library it uses nothing but environments, and of the benchmarks nothing.

    python benchmarks/environment_costs.py window_open 2 64 200 image intrinsics extrinsics proprioception
"""

import json
import os
import sys
import time
from pathlib import Path

from tfkeypoints.control import environments

COSTS = ("processor", "wall")
"""What is measured, in seconds."""


def measure(name, processes, image_size, steps, keys):
    """Processor and wall seconds of a step of one environment, when so many are stepped together."""
    envs = environments.make_vector(name, processes, keys, image_size)
    try:
        envs.reset(seed=0)
        envs.action_space.seed(0)
        for number in range(steps + 10):
            if number == 10:
                start, spent = time.perf_counter(), processor_seconds(envs)
            envs.step(envs.action_space.sample())
        costs = processor_seconds(envs) - spent, time.perf_counter() - start
        return {name: cost / (steps * processes) for name, cost in zip(COSTS, costs, strict=True)}
    finally:
        envs.close()


def processor_seconds(envs):
    """What this process and those of the environments have used so far; of these, 0 where there is no /proc."""
    total = time.process_time()
    for process in getattr(envs, "processes", []):
        stat = Path(f"/proc/{process.pid}/stat")
        if stat.exists():
            user, system = stat.read_text().rpartition(")")[2].split()[11:13]
            total += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return total


if __name__ == "__main__":
    env, *numbers = sys.argv[1:5]
    print(json.dumps(measure(env, *map(int, numbers), tuple(sys.argv[5:]))))
