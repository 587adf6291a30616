import os
import signal
import subprocess
import sys
import tempfile
import time

import pytest

from tfkeypoints import clusters

pytest.importorskip("ray", reason="Ray is not installed (extra `cluster`)")

SCRIPT = """
import tempfile
from tfkeypoints.clusters import ray_cluster
for _ in range(2):
    with ray_cluster(None, 1):
        import ray
        from ray._private.authentication.authentication_utils import is_token_auth_enabled
        left = ray.get(ray.remote(lambda: tempfile.mkdtemp()).remote())
        print(left.startswith(tempfile.gettempdir()), is_token_auth_enabled())
"""


@pytest.mark.slow
def test_clusters_of_this_machine_want_a_token_and_leave_nothing(tmp_path, short_folder):
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment = {**kept, "HOME": str(home), "TMPDIR": str(short_folder)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["True True"] * 2, done.stderr
    assert not list(home.iterdir())
    assert not list(short_folder.iterdir())


def test_sockets_lie_in_tmp_where_the_usual_folder_has_too_long_a_name(tmp_path, short_folder, monkeypatch):
    name = "/session_2026-01-01_00-00-00_000000_4194304/sockets/plasma_store"  # of Ray's, with the largest process
    long = tmp_path / ("x" * clusters.LONGEST)
    long.mkdir()
    for usual, used in ((short_folder, short_folder), (long, "/tmp")):
        monkeypatch.setattr(tempfile, "tempdir", str(usual))
        with clusters._temporary_folder() as folder:
            assert os.path.dirname(folder) == str(used)
        assert not os.path.exists(folder)
    assert len("x" * clusters.LONGEST + "/" + os.path.basename(folder) + name) <= 107


HOLDING = """
from tfkeypoints.clusters import _temporary_folder
with _temporary_folder() as folder:
    print(folder, flush=True)
    input()
"""


def test_the_folder_of_a_process_that_was_killed_goes_when_the_next_one_starts(short_folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(short_folder))
    monkeypatch.setattr(clusters, "NEW", 0)
    environment = {**os.environ, "TMPDIR": str(short_folder)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", HOLDING], env=environment, text=True, **pipes)
    with process:
        folder = process.stdout.readline().strip()
        with clusters._temporary_folder():
            assert os.path.isdir(folder)  # its process runs
        process.kill()
    with clusters._temporary_folder() as own:
        assert os.listdir(short_folder) == [os.path.basename(own)]
    monkeypatch.setattr(clusters, "NEW", 600)
    (short_folder / "tfk-new").mkdir()
    (short_folder / "tfk-new" / "lock").touch()
    with clusters._temporary_folder():
        assert (short_folder / "tfk-new").is_dir()  # its process may be about to take the lock


class Slow:
    """What takes the place of Ray, starts a process at each attempt, and is ready in time at the third one."""

    def __init__(self, failure="The current node timed out during startup. This could happen …"):
        self.failure, self.started, self.ended = failure, [], False

    def init(self, *_, **__):
        self.started.append(subprocess.Popen(["sleep", "600"]))
        if len(self.started) < clusters.ATTEMPTS:
            raise Exception(self.failure)

    def is_initialized(self):
        return False

    def shutdown(self):
        self.ended = True


def test_of_attempts_that_took_too_long_no_process_is_left():
    other, slow = subprocess.Popen(["sleep", "600"]), Slow()
    try:
        clusters._start(slow, "/tmp")
        codes = [process.poll() for process in slow.started]
        assert len(codes) == clusters.ATTEMPTS
        assert codes[-1] is None and None not in codes[:-1] and other.poll() is None
    finally:
        for process in (other, *slow.started):
            process.kill()
            process.wait()


def test_what_another_attempt_would_not_mend_is_raised_at_once():
    slow = Slow("no such folder")
    with pytest.raises(Exception, match="no such folder"):
        clusters._start(slow, "/tmp")
    assert len(slow.started) == 1 and slow.started[0].poll() is not None


class Running(Slow):
    """What takes the place of Ray where a cluster runs, and takes SIGTERM for itself as Ray does."""

    def init(self, *_, **__):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def be_ended():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)


def test_sigterm_ends_the_block_and_means_afterwards_what_it_meant_before(monkeypatch):
    running, before = Running(), signal.getsignal(signal.SIGTERM)
    monkeypatch.setitem(sys.modules, "ray", running)
    with pytest.raises(SystemExit) as ended, clusters.ray_cluster("auto", 1):
        be_ended()
    assert ended.value.code == 143 and running.ended
    assert signal.getsignal(signal.SIGTERM) == before
