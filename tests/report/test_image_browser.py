"""The image browser: predictions for each image, in order."""

import pandas as pd
from nrg.base.table_files import PROBABILITIES, TOP
from nrg.report.image_browser import list_predictions


def test_predictions_are_in_the_order_of_images_and_none_where_there_is_no_score():
    row = {"target": "mine", **dict(zip(TOP, [3, 1, -1, -1, -1], strict=True))}
    row |= dict(zip(PROBABILITIES, [0.75, 0.0625], strict=True))
    frame = pd.DataFrame([row | {"image_id": "b"}, row | {"image_id": "a", "target": "other"}])
    predicted = list_predictions(frame, "mine", ["a", "b"])
    assert predicted.top == [None, [3, 1]], "of two classes there are no five labels"
    assert predicted.sure == [None, [75.0, 6.2]]
