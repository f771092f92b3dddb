"""The table of models: how accurate they are, next to what was published."""

import re
from dataclasses import replace

from nrg.report.clean_accuracy import ModelAccuracy
from nrg.report.context import gather
from nrg.report.write import render_page

WEIGHTS = {"origin": "torchvision", "tensors_sha256": "0" * 64, "published_top1": "81.5"}


def test_published_rates_say_where_images_were_resized_in_another_way(run):
    accuracy = [ModelAccuracy(name, 80.0, 95.0, 100, 5) for name in ("alexnet", "resnet34")]
    here = f"{run.settings.suite.data.resize} bilinear"
    weights = {
        "alexnet": WEIGHTS | {"published_resize": here},
        "resnet34": WEIGHTS | {"published_resize": "232 bicubic"},
    }
    page = render_page(replace(gather(run), accuracy=accuracy, weights=weights), b"")
    part = page.partition('aria-labelledby="models"')[2].partition("</section>")[0]
    cells = re.findall(r'<td class="number">(81\.50[^<]*)</td>', part)
    assert cells == ["81.50", "81.50 ± 1"]
    assert "may move a rate by about a point" in part
