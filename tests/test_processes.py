"""Tests of `processes`: order, errors, what a worker process imports, and how this one ends."""

import contextlib
import os
import signal
import threading
import time

import pytest

from tfkeypoints.processes import end_with_parent, ended_by_sigterm, spawned_map, usable_cores


def test_results_come_in_the_order_of_the_tasks():
    assert list(spawned_map(abs, range(-20, 0), num_workers=2)) == list(range(20, 0, -1))


def test_error_of_a_task_reaches_the_caller():
    results = spawned_map(int, ["1", "two", "3"], num_workers=1)
    assert next(results) == 1
    with pytest.raises(ValueError, match="two"):
        list(results)


def test_workers_are_other_processes_and_end_with_the_iteration():
    (pid,) = spawned_map(eval, ["__import__('os').getpid()"], num_workers=1)
    assert pid != os.getpid()
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(pid)


def test_a_process_that_nobody_started_waits_for_no_parent():
    before = threading.active_count()
    end_with_parent()
    assert threading.active_count() == before


def test_one_core_is_taken_for_usable_where_the_system_tells_none(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_rendering_worker_imports_neither_tensorflow_nor_the_main_script():
    question = "(__import__('tfkeypoints.rendering.examples'), list(__import__('sys').modules))[1]"
    (modules,) = spawned_map(eval, [question], num_workers=1)
    assert "tfkeypoints.rendering.examples" in modules
    assert not {"tensorflow", "tensorflow_datasets", "keras", "pytest"} & set(modules)


@pytest.mark.parametrize(("signalled", "code"), [(True, 143), (False, 1)])
def test_sigterm_has_its_exit_code_whatever_ray_makes_of_it(signalled, code):
    """`ray.get` of Ray 2.60 ends with SystemExit(1) where a handler of a signal raises any other."""

    @ended_by_sigterm()
    def ends_with_1():
        with contextlib.suppress(SystemExit):
            if signalled:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(60)
                pytest.fail("the signal was not heeded")
        raise SystemExit(1)

    with pytest.raises(SystemExit) as raised:
        ends_with_1()
    assert raised.value.code == code


@pytest.mark.parametrize(("signalled", "ends_as"), [(True, SystemExit), (False, OSError)])
def test_sigterm_has_its_exit_code_where_another_error_comes_of_it(signalled, ends_as):
    @ended_by_sigterm()
    def is_cut_off():
        try:
            if signalled:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(60)
        finally:
            raise OSError("a pipe that was cut off")

    with pytest.raises(ends_as) as raised:
        is_cut_off()
    assert getattr(raised.value, "code", None) == (143 if signalled else None)


def test_sigterm_means_afterwards_what_it_did_before():
    before = signal.getsignal(signal.SIGTERM)
    with ended_by_sigterm() as end_by_sigterm:
        ours = signal.getsignal(signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as Ray takes it
        end_by_sigterm()
        assert signal.getsignal(signal.SIGTERM) == ours != before
    assert signal.getsignal(signal.SIGTERM) == before
