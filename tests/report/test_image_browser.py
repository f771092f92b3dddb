"""The image browser: predictions for each image, in order."""

import pandas as pd
from made_tables import EXHIBITS
from nrg.base.table_files import PROBABILITIES, TOP
from nrg.report.image_browser import PredictionLists, list_predictions, shorten, show_table


def test_predictions_are_in_the_order_of_images_and_none_where_there_is_no_score():
    row = {"target": "mine", **dict(zip(TOP, [3, 1, -1, -1, -1], strict=True))}
    row |= dict(zip(PROBABILITIES, [0.75, 0.0625], strict=True))
    frame = pd.DataFrame([row | {"image_id": "b"}, row | {"image_id": "a", "target": "other"}])
    predicted = list_predictions(frame, "mine", ["a", "b"])
    assert predicted.top == [None, [3, 1]], "of two classes there are no five labels"
    assert predicted.sure == [None, [75.0, 6.2]]


def test_a_table_refers_to_its_attacks_and_leaves_out_sources_without_images():
    exhibit = EXHIBITS["table3b"]
    first, second, third = exhibit.sources
    pairs = [(source, attack) for source in (first, third) for attack in exhibit.attacks]
    places = {pair: place for place, pair in enumerate([*pairs, (second, exhibit.attacks[0])])}
    table = show_table(exhibit, places, {first: "the first"})
    assert table.title == "Table 3b: IGSM and nr-IGSM"
    assert (table.first, table.targeted) == (5, True)
    assert [source.attacks for source in table.sources] == [[0, 1], [2, 3]]
    assert [source.label for source in table.sources] == ["the first", third]
    assert table.sources[0].members == first.split("+")


def test_a_page_holds_no_more_of_predictions_than_it_shows():
    predicted = PredictionLists([[3, 1, 2, 0, 4], None], [[75.0, 6.2], None])
    assert shorten(predicted, 3) == PredictionLists([[3, 1, 2], None], [[75.0, 6.2], None])
    assert shorten(PredictionLists([[3]], [[75.0, 75.0]]), 5) == PredictionLists([[3]], [[75.0]])
