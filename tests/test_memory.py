"""Tests of the memory that is available, on files as Linux writes them."""

import pytest

from tfkeypoints.memory import available_memory

MIB = 2**20


@pytest.fixture
def machine(tmp_path):
    """Writes files below a root of its own."""

    def write(**files):
        files = {"proc/meminfo": "MemTotal: 9000000 kB\nMemAvailable: 8192 kB\n"} | files.pop("files", {})
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def test_without_groups_it_is_the_machines(machine):
    assert available_memory(machine()) == 8 * MIB


def test_a_container_of_version_2_is_less_and_cached_files_are_free(machine):
    root = machine(
        files={
            "proc/self/cgroup": "0::/a/b\n",
            "sys/fs/cgroup/a/memory.max": f"{5 * MIB}\n",
            "sys/fs/cgroup/a/memory.current": f"{4 * MIB}\n",
            "sys/fs/cgroup/a/memory.stat": f"anon 5\ninactive_file {2 * MIB}\n",
            "sys/fs/cgroup/a/b/memory.max": "max\n",
            "sys/fs/cgroup/a/b/memory.current": "1\n",
            "sys/fs/cgroup/a/b/memory.stat": "inactive_file 0\n",
        }
    )
    assert available_memory(root) == 3 * MIB


def test_a_container_of_version_1_is_read_too(machine):
    root = machine(
        files={
            "proc/self/cgroup": "5:cpu:/\n4:memory:/box\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{2**63 - 4096}\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "7\n",
            "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 1\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": f"{3 * MIB}\n",
            "sys/fs/cgroup/memory/box/memory.usage_in_bytes": f"{2 * MIB}\n",
            "sys/fs/cgroup/memory/box/memory.stat": "total_inactive_file 0\n",
        }
    )
    assert available_memory(root) == MIB


def test_systems_that_do_not_tell_are_not_guessed(tmp_path):
    assert available_memory(tmp_path) is None


def test_this_machine_has_some():
    assert available_memory() is None or available_memory() > 0
