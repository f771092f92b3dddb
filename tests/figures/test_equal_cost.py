"""Lines of attacks at equal numbers of gradients: what is drawn is what was measured."""

from dataclasses import replace
from itertools import pairwise

from made_equal_cost import make_exhibit
from nrg.analysis.equal_cost import Estimate, Standing
from nrg.figures.equal_cost import COMPARED, NO_IMAGE, OTHER, REDUCED, draw_equal_cost, list_lacking
from nrg.figures.svg_files import save_svg


def make_standings(exhibit, rate=lambda number: 20.0 + number) -> list[Standing]:
    """The first setting of every attack at every budget."""
    chosen = {(m.name, dict(m.axes)["budget"]): m.attack for m in reversed(exhibit.methods)}
    return [
        Standing(
            *(name, budget, attack, attack.gradients),
            *(Estimate(value, value - 3, value + 3), 10.0, {}, Estimate(1, 1, 1)),
        )
        for number, ((name, budget), attack) in enumerate(reversed(chosen.items()))
        for value in [rate(number)]
    ]


def find_names(axes) -> list:
    return [text for text in axes.texts if text.get_text()]


def test_a_line_is_an_attack_named_at_its_end(tmp_path):
    exhibit = make_exhibit(tmp_path)
    standings = make_standings(exhibit)
    figure = draw_equal_cost(exhibit, standings)
    (axes,) = figure.axes
    names = {text.get_text(): text.get_color() for text in find_names(axes)}
    looks = {"nr-IGSM": REDUCED, "MI": COMPARED, "VMI": OTHER}
    assert names == {name: look["color"] for name, look in looks.items()}
    lines = {line.get_gid(): line for line in axes.lines if line.get_gid()}
    assert sum(len(line.get_xdata()) for line in lines.values()) == len(standings)
    drawn = sorted(value for line in lines.values() for value in line.get_ydata())
    assert drawn == sorted(standing.rate.value for standing in standings)
    save_svg(figure, tmp_path / "picture.svg")
    picture = (tmp_path / "picture.svg").read_text()
    assert "MI, 30 gradients: " in picture


def test_a_rate_without_an_interval_is_drawn(tmp_path):
    exhibit = make_exhibit(tmp_path)
    unknown = Estimate(50, float("nan"), float("nan"))
    standings = [replace(each, rate=unknown) for each in make_standings(exhibit)]
    save_svg(draw_equal_cost(exhibit, standings), tmp_path / "picture.svg")
    assert "MI, 30 gradients: 50.0 %<" in (tmp_path / "picture.svg").read_text()


def test_targets_that_classify_no_image_leave_a_sentence(tmp_path):
    exhibit = make_exhibit(tmp_path)
    figure = draw_equal_cost(exhibit, [])
    assert [text.get_text() for text in find_names(figure.axes[0])] == [NO_IMAGE]
    assert not figure.texts


def test_what_fits_no_budget_is_named_with_what_it_needs(tmp_path):
    exhibit = make_exhibit(tmp_path)
    standings = make_standings(exhibit)
    assert list_lacking(exhibit, standings) == ["Not at 10 gradients: VMI needs 16"]
    assert "VMI needs 16" in draw_equal_cost(exhibit, standings).texts[0].get_text()
    complete = make_exhibit(tmp_path, budgets=[30])
    assert not list_lacking(complete, make_standings(complete))
    assert not draw_equal_cost(complete, make_standings(complete)).texts


def test_names_of_lines_that_end_together_do_not_cover_each_other(tmp_path):
    names = ("nr-igsm", "mi", "di", "si", "ssa", "emi")
    entry = {"ball": "linf", "epsilon": 15, "grid": [{"alpha": 2}]}
    exhibit = make_exhibit(tmp_path, attacks=dict.fromkeys(names, entry))
    figure = draw_equal_cost(exhibit, make_standings(exhibit, lambda number: 50.0))
    figure.draw_without_rendering()
    boxes = sorted(
        (text.get_window_extent() for text in find_names(figure.axes[0])), key=lambda box: box.y0
    )
    assert len(boxes) == len(names)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))
