"""A machine and crafting jobs of known cost."""

from nrg.plan.estimate import Machine, Timing
from nrg.plan.tasks import Pass, Task

FAST = Timing({"load": 1.0, "gradient": 0.1, "forward": 0.01}, 16, 16, 10**6, 10**8, 2 * 10**8)


def machine(
    cores: int = 2, gpus: int = 0, load: float = 0.5, main_memory: int = 64 * 10**9
) -> Machine:
    """A machine with one network, "fast"."""
    networks = {"fast": FAST}
    return Machine("a CPU", cores, gpus, main_memory, 8 * 10**9, load, 5.0, 10**9, networks, {})


def crafting(name: str, temporary: int, held: bool = False) -> Task:
    """A job of 106 seconds and 2.8 GB of memory."""
    passes = {Pass("load", "fast"): 1, Pass("gradient", "fast"): 1000}
    options = {"temporary": temporary, "held": held, "together": ("fast",)}
    return Task("craft_adversarial_sets", name, passes, 2, 10, **options)
