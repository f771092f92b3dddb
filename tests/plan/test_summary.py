"""The text of a plan adds up, and says what would go wrong."""

import re
from dataclasses import replace

from nrg.data.dataset_size import DataSetSize
from nrg.plan.summary import summarise
from nrg.plan.tasks import Pass, Task
from nrg.study.settings import load_settings
from planned import crafting, machine

DATA = DataSetSize(300, 0, (3, 224, 224), 1000)


def said(free: int, load: float = 0.5, main_memory: int = 64 * 10**9, **keys: int) -> str:
    """The plan of one job of 106 seconds, 2.8 GB of memory and 1 GB of temporary files."""
    run = {"images": ".", "suite": "imagenet", "zoo": ["alexnet"], "exhibits": ["figure1a"]}
    suite = load_settings({**run, "evaluation_images": 250, "subset_images": 10, **keys}).suite
    task = replace(crafting("nr-fgsm on fast", 10**9), runtime=suite.runtime)
    clean = Task("predict_clean", "fast", {Pass("load", "fast"): 1}, 2, suite.runtime)
    return summarise(suite, DATA, [clean, task], machine(load=load, main_memory=main_memory), free)


def test_what_would_go_wrong_is_said():
    assert "Warning" not in said(free=2 * 10**9)
    assert "1.0 GB of disk space are needed, and 900.0 MB are free" in said(free=9 * 10**8)
    assert "asks for 400; the run would stop" in said(free=2 * 10**9, evaluation_images=400)
    slow = said(free=2 * 10**9, runtime=1)
    assert "a scheduler would end 1 jobs after 1 minutes, their 'runtime'" in slow
    assert "the longest, nr-fgsm on fast, takes 1 min 46 s" in slow
    assert "2.5 programs per core are running" in said(free=2 * 10**9, load=2.5)
    assert "2.8 GB of memory are needed" in said(free=2 * 10**9, mem_mb=2000)
    short = said(free=2 * 10**9, main_memory=2 * 10**9)
    assert "may need 2.8 GB of memory, and this machine has 2.0 GB" in short
    assert "--resources mem_mb=2000" in short


def test_the_text_adds_up():
    text = said(free=2 * 10**9)
    assert re.search(r"^all +2 +1 min 52 s +1,000$", text, re.MULTILINE), text
    assert re.search(r"^fast +1 min 42 s +1,000 +10 +100$", text, re.MULTILINE), text
    assert "about 1 min 52 s on a CPU; jobs that run networks at once: 1" in text
