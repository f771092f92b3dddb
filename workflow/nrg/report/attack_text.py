"""An attack in the paper's words and symbols."""

from nrg.base.number_text import format_exactly
from nrg.study.attacks import Attack
from nrg.study.exhibits import label_method
from nrg.study.own_code import is_own
from nrg.study.pieces import Piece

READINGS = {
    "cross-entropy": "",
    "carlini-wagner": "Carlini–Wagner loss",
    "float32-cross-entropy": "cross entropy in float32",
    "logit": "logit loss",
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
    parts = [f"ε {format_exactly(attack.epsilon)}" + (" (RMSD)" if attack.ball == "l2" else "")]
    if attack.steps > 1:
        alpha = "" if attack.function else f", α {format_exactly(attack.alpha)}"
        parts.append(f"k {attack.steps}{alpha}")
    if attack.sigma > 0:
        parts.append(f"m {attack.copies}, σ {format_exactly(attack.sigma)}")
    parts += [READINGS[attack.loss], READINGS[attack.variant]]
    parts += [describe_piece(piece) for piece in attack.later_pieces]
    return ", ".join(filter(None, parts))


def describe_piece(piece: Piece) -> str:
    """A piece of an attack with its settings, as "scaled (count 5)"; it says which are own ones."""
    settings = ", ".join(f"{key} {format_exactly(value)}" for key, value in piece.settings)
    whose = f"own {piece.role} " if is_own(piece.name) else ""
    return f"{whose}{piece.name} ({settings})" if settings else f"{whose}{piece.name}"
