"""An attack in the paper's words and symbols."""

from nrg.base.number_text import format_exactly
from nrg.study.attacks import Attack
from nrg.study.exhibits import label_method
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
        parts.append(f"k {attack.steps}, α {format_exactly(attack.alpha)}")
    if attack.sigma > 0:
        parts.append(f"m {attack.copies}, σ {format_exactly(attack.sigma)}")
    parts += [READINGS[attack.loss], READINGS[attack.variant]]
    parts += [describe_piece(piece) for piece in attack.own_pieces]
    return ", ".join(filter(None, parts))


def describe_piece(piece: Piece) -> str:
    """A piece of an attack with its settings, as "scaled (count 5)"."""
    settings = ", ".join(f"{key} {format_exactly(value)}" for key, value in piece.settings)
    return f"{piece.name} ({settings})" if settings else piece.name
