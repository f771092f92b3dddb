"""What a plan counts for other zoos."""

from collections import Counter

from nrg.data.dataset_size import measure_data_set
from nrg.plan.replicates import plan_replicates
from nrg.plan.tasks import Task, plan_tasks
from nrg.study.exhibits import choose_exhibits, load_exhibits
from nrg.study.settings import load_settings

MICROBATCH = 100
REPEATED = ("read_images", "train_zoo", "predict_clean_by_zoo", "select_evaluation_set")
REPEATED += ("measure_accuracy", "craft_adversarial_sets", "score_adversarial_sets", "judge_claims")


def plan(**config) -> tuple[list[Task], list[Task]]:
    """The jobs of the run itself, and those of the runs on other zoos."""
    settings = load_settings({"suite": "digits", **config})
    exhibits = load_exhibits(settings.suite)
    chosen = choose_exhibits(exhibits, settings)
    data = measure_data_set(settings.suite.data)
    own = plan_tasks(settings, exhibits.values(), chosen, data, MICROBATCH)
    return own, plan_replicates(settings, exhibits.values(), chosen, data, MICROBATCH)


def test_a_run_on_its_own_zoo_alone_takes_nothing_more():
    assert plan(exhibits=["table1"])[1] == []


def test_every_other_zoo_takes_what_the_tables_of_the_run_take():
    own, others = plan(exhibits=["table1", "table3a"], replicates=3)
    counts = Counter(task.stage for task in others)
    own_counts = Counter(task.stage for task in own)
    assert counts == {stage: 2 * own_counts[stage] for stage in REPEATED} | {
        "run_zoo_replicate": 2,
        "compare_replicates": 1,
    }
    assert count_gradients(others) == 2 * count_gradients(own)
    assert len({(task.stage, task.name) for task in [*own, *others]}) == len(own) + len(others)


def test_figures_are_not_built_on_other_zoos():
    with_figure = plan(exhibits=["table3a", "figure3a", "figure4"], replicates=2)[1]
    assert with_figure == plan(exhibits=["table3a"], replicates=2)[1]


def count_gradients(tasks: list[Task]) -> int:
    return sum(task.count("gradient") for task in tasks)
