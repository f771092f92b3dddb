"""Pictures are drawn in the project's style."""

import matplotlib.pyplot as plt
import pytest
from nrg.figures.style import style


@pytest.fixture(autouse=True)
def drawn_in_style():
    with style():
        yield
        plt.close("all")
