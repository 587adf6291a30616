"""The report of an evaluation: what was measured of a run's model, and of one that never learnt."""

from typing import Any

from tfkeypoints import files
from tfkeypoints.training.run import Run


def evaluate(run: Run, split: str = "test", batch_size: int = 32, untrained: bool = False) -> dict[str, Any]:
    """Measures a run's model on its data set, draws it, and writes `metrics.json`.

    Args:
        run: A run with a data set, which is built when absent.
        split: train, validation or test.
        batch_size: Examples at a time.
        untrained: Whether to measure an untrained model too, where its method does not always ask for that.

    Returns:
        What `metrics.json` holds: `data`, `split`, and what the method's `evaluate` gives.
    """
    kind = run.recipe.evaluation()
    models = {"trained": run.load_model()}
    if untrained or run.recipe.compare_untrained:
        models["untrained"] = run.recipe.untrained(models["trained"], run.config["seed"])
    measured = kind.evaluate(run, models, split, batch_size)
    report = {"data": run.config["data"], "split": split, **measured}
    files.write_json(run.metrics_file, report)
    print(f"{run.config['data']}, {split} split\n{kind.describe(measured)}")
    print(f"numbers: {run.metrics_file}   pictures: {run.pictures}/")
    return report
