"""How an exhibit looks at gradients or decision boundaries."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """The settings of a probe; `exhibit.schema.yaml` says which of them each kind of exhibit needs.

    Attributes:
        images: how many images it looks at.
        copies: numbers of noisy copies, m of Eq. 8.
        sigma: standard deviation of the noise, in pixels.
        sigmas: the same, where a probe compares several.
        first: id or label of the image to draw; None for the first of the evaluation set.
        move: "unit" for directions of RMSD 1, or "sign" for signs of the directions.
        reach: how far the axes of a map reach, in pixels.
        points: how many points there are on each axis of a map.
        residual: ∇f⊥ as "projection", what the projection on ∇f∥ leaves of the gradient, or
            "difference", the gradient minus ∇f∥.
        parts: whether to look at the parts of a gradient, and not at growing m.
    """

    images: int = 0
    copies: tuple[int, ...] = ()
    sigma: float = 0
    sigmas: tuple[float, ...] = ()
    first: str | int | None = None
    move: str = ""
    reach: float = 0
    points: int = 0
    residual: str = "projection"
    parts: bool = False
