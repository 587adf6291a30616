import math
from concurrent import futures

import pytest

pytest.importorskip("keras_tuner", reason="keras-tuner is not installed (extra `tuning`)")

import grpc
from keras_tuner.src import protos
from keras_tuner.src.distribute.oracle_chief import OracleServicer, exit_chief
from keras_tuner.src.distribute.oracle_client import OracleClient

from tfkeypoints.tuning.oracles import make_oracle


@pytest.fixture
def opened(make_sweep):
    """Opens the oracle of a sweep, as a process does that takes it up."""

    def open_oracle(num_keypoints=(2, 4, 6), **options):
        sweep = make_sweep(num_keypoints, **options)
        oracle = make_oracle(sweep)
        oracle._set_project_dir(str(sweep.folder), "search")
        if (sweep.folder / "search" / "oracle.json").exists():
            oracle.reload()
        return oracle

    return open_oracle


def end(oracle, trial, value=1.0, status="COMPLETED"):
    if status == "COMPLETED":
        oracle.update_trial(trial.trial_id, {"val_angular_error": value})
    trial.status = status
    oracle.end_trial(trial)


def walk(oracle, worker="w"):
    """Ends trials until there is none left; returns their names."""
    names = []
    while (trial := oracle.create_trial(worker)).status == "RUNNING":
        names.append(trial.trial_id)
        end(oracle, trial, value=1.0 / (1 + len(names)))
    return names


def test_a_grid_has_every_number_of_keypoints_once(opened):
    oracle = opened((6, 2, 4))
    names = walk(oracle)
    assert [oracle.trials[name].hyperparameters.values for name in names] == [
        {"num_keypoints": 2}, {"num_keypoints": 4}, {"num_keypoints": 6},
    ]  # fmt: skip


def test_a_grid_can_be_taken_up_with_more_numbers(opened):
    walk(opened((2, 4)))
    oracle = opened((2, 3, 4))
    (name,) = walk(oracle)
    assert oracle.trials[name].hyperparameters.values == {"num_keypoints": 3}


@pytest.mark.parametrize("search", ["grid", "random", "bayesian", "hyperband"])
def test_a_search_that_was_killed_goes_on_where_it_stood(opened, search):
    options = {"search": search, "trials": 5}
    first = opened(**options)
    done = first.create_trial("w")
    end(first, done)
    begun = first.create_trial("w")

    second = opened(**options)  # the first is gone
    assert second.trials[done.trial_id].status == "COMPLETED"
    again = second.create_trial("another")
    assert again.trial_id == begun.trial_id
    assert again.hyperparameters.values == begun.hyperparameters.values
    end(second, again)
    rest = walk(second)
    assert not {done.trial_id, begun.trial_id} & set(rest)
    assert sorted(second.trials) == sorted(second.end_order) == sorted({done.trial_id, begun.trial_id, *rest})
    if search != "hyperband":
        assert len(second.trials) == {"grid": 3}.get(search, 5)


def test_a_trial_that_was_drawn_but_not_listed_never_existed(opened, monkeypatch):
    oracle = opened()
    end(oracle, oracle.create_trial("w"))
    monkeypatch.setattr(oracle, "save", lambda: None)  # killed between the two files
    lost = oracle.create_trial("w")
    monkeypatch.undo()
    again = opened()
    assert lost.trial_id not in again.trials
    assert len(walk(again)) == 2


def test_a_trial_that_ended_but_was_not_listed_counts(opened, monkeypatch):
    oracle = opened()
    trial = oracle.create_trial("w")
    monkeypatch.setattr(oracle, "save", lambda: None)
    end(oracle, trial)
    monkeypatch.undo()
    again = opened()
    assert again.end_order == [trial.trial_id]
    assert len(walk(again)) == 2


def test_a_trial_that_two_workers_report_counts_once(opened):
    before = opened()
    survivor = before.create_trial("survivor")
    oracle = opened()  # the chief was killed, the worker was not
    taken_over = oracle.create_trial("other")
    assert taken_over.trial_id == survivor.trial_id
    end(oracle, survivor, value=3.0)
    end(oracle, taken_over, value=5.0)
    assert oracle.end_order == [survivor.trial_id]
    assert oracle.trials[survivor.trial_id].score == 3.0
    assert not oracle.ongoing_trials


def test_the_chief_stays_until_the_last_trial_has_ended(opened):
    oracle = opened((2, 4))
    first, second = oracle.create_trial("a"), oracle.create_trial("b")
    end(oracle, first)
    assert oracle.create_trial("a").status == "STOPPED"
    assert not exit_chief(oracle)
    assert oracle.create_trial("b").trial_id == second.trial_id  # b was killed and is there again
    end(oracle, second)
    assert oracle.create_trial("b").status == "STOPPED"
    assert exit_chief(oracle)


@pytest.fixture
def through_chief(monkeypatch):
    """Lets a worker speak with an oracle as it does with its chief's."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))

    def connect(oracle):
        protos.get_service_grpc().add_OracleServicer_to_server(OracleServicer(oracle), server)
        port = server.add_insecure_port("localhost:0")
        server.start()
        for name, value in (("TUNER_ID", "worker"), ("ORACLE_IP", "localhost"), ("ORACLE_PORT", str(port))):
            monkeypatch.setenv(f"KERASTUNER_{name}", value)
        return OracleClient(oracle)

    yield connect
    server.stop(None)


@pytest.mark.parametrize("by_worker", [False, True])
@pytest.mark.parametrize("search", ["grid", "random", "bayesian", "hyperband"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_without_a_finite_objective_a_trial_has_failed_and_is_not_among_the_best(
    opened, through_chief, search, value, by_worker
):
    oracle = opened((2, 4, 6, 8), search=search, trials=5)
    speaking = through_chief(oracle) if by_worker else oracle
    bad, worse, better, _ = (speaking.create_trial(worker) for worker in "abcd")
    for trial, objective in ((bad, value), (worse, 2.0), (better, 1.0)):
        end(speaking, trial, objective)
    best = [better.trial_id, worse.trial_id]
    assert oracle.trials[bad.trial_id].status == "FAILED"
    for count in (1, 2, 3, 10):
        assert [trial.trial_id for trial in speaking.get_best_trials(count)] == best[:count]
    again = opened((2, 4, 6, 8), search=search, trials=5)
    assert again.trials[bad.trial_id].status == "FAILED"
    assert [trial.trial_id for trial in again.get_best_trials(10)] == best


def test_any_number_of_trials_may_fail(opened):
    oracle = opened((1, 2, 3, 4, 5, 6))
    for _ in range(6):
        end(oracle, oracle.create_trial("w"), status="FAILED")
    assert oracle.create_trial("w").status == "STOPPED"
