"""An attack in the paper's words and symbols."""

from nrg.study.attacks import Attack, format_number
from nrg.study.exhibits import label_method

READINGS = {
    "cross-entropy": "",
    "carlini-wagner": "Carlini–Wagner loss",
    "float32-cross-entropy": "cross entropy in float32",
    "": "",
    "clipped": "noisy copies clipped",
    "normalised": "each gradient normalised",
    "random": "no gradient",
}


def label_attack(attack: Attack) -> str:
    """The paper's name of an attack, without its parameters: targeted nr-IGSM, or FGM ℓ2."""
    return label_method(attack.method + ("-l2" if attack.ball == "l2" else ""))


def describe_attack(attack: Attack) -> str:
    """An attack's parameters in the paper's symbols."""
    parts = [f"ε {format_number(attack.epsilon)}" + (" (RMSD)" if attack.ball == "l2" else "")]
    if attack.steps > 1:
        parts.append(f"k {attack.steps}, α {format_number(attack.alpha)}")
    if attack.sigma > 0:
        parts.append(f"m {attack.copies}, σ {format_number(attack.sigma)}")
    parts += [READINGS[attack.loss], READINGS[attack.variant]]
    return ", ".join(filter(None, parts))
