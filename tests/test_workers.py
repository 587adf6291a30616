import json

import pytest

from tfkeypoints import workers


@pytest.fixture
def configure(monkeypatch):
    def configure(index, *addresses, kind="worker"):
        config = {"cluster": {kind: addresses}, "task": {"type": kind, "index": index}}
        monkeypatch.setenv("TF_CONFIG", json.dumps(config))

    return configure


@pytest.mark.parametrize("text", [None, "", "{}"])
def test_without_a_cluster_a_process_is_alone(text, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if text is not None:
        monkeypatch.setenv("TF_CONFIG", text)
    assert (workers.addresses(), workers.index(), workers.on_this_machine(), workers.turn()) == ([], 0, 1, 0)


def test_workers_of_one_host_share_it_and_its_first_one_looks_for_data_before_them(configure):
    addresses = ["a:1", "b:1", "a:2", "b:2", "b:3", "c:1"]
    told = []
    for index in range(6):
        configure(index, *addresses)
        told.append((workers.index(), workers.on_this_machine(), workers.turn()))
    assert told == [(0, 2, 0), (1, 3, 1), (2, 2, 2), (3, 3, 2), (4, 3, 2), (5, 1, 1)]
    assert workers.addresses() == addresses


@pytest.mark.parametrize(
    "text", ["{", '{"cluster": {"worker": ["a:1"]}}', '{"cluster": {"worker": ["a:1"]}, "task": 3}']
)
def test_what_names_no_worker_is_refused(text, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match="TF_CONFIG must name the workers"):
        workers.index()


def test_other_roles_and_an_index_past_the_end_are_refused(configure):
    for arguments, kind in (((0, "a:1"), "chief"), ((2, "a:1", "b:1"), "worker")):
        configure(*arguments, kind=kind)
        with pytest.raises(ValueError, match="TF_CONFIG must name the workers"):
            workers.addresses()
