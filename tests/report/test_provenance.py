"""Where results come from: files of the user's own, and how models are built."""

from nrg.base.resources import WORKFLOW
from nrg.report.provenance import find_user_files, model_facts
from nrg.study.settings import load_settings
from nrg.study.suite_layers import find_own_suites


def test_files_of_the_user_s_own_are_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_code").mkdir()
    for name in ("__init__", "nets", "blocks"):
        (tmp_path / f"my_code/{name}.py").write_text(
            {"nets": "from . import blocks\n"}.get(name, ""), encoding="utf-8"
        )
    (tmp_path / "base.yaml").write_text(
        "name: base\ntitle: Base\nlike: imagenet\nsubset_images: 1\n", encoding="utf-8"
    )
    (tmp_path / "mine.yaml").write_text(
        "name: mine\ntitle: Mine\nlike: base.yaml\nimages: x\n"
        "add_models: {mine: {factory: 'my_code.nets:net', weights: w.pth, input_size: 9,"
        " arguments: {width: 3}, mean: [0.5], std: [0.25]}}\n",
        encoding="utf-8",
    )
    settings = load_settings({"suite": "mine.yaml"})
    found = {file.path: file.what for file in find_user_files(settings, ["given.yaml"])}
    assert found == {
        "mine.yaml": "suite",
        "base.yaml": "suite",
        **dict.fromkeys(
            ("my_code/__init__.py", "my_code/nets.py", "my_code/blocks.py"),
            "code behind my_code.nets:net",
        ),
    }
    assert find_own_suites("digits", WORKFLOW) == ()
    facts = model_facts(settings.suite.zoo["mine"])
    assert facts["arguments"] == '{"width": 3}'
    assert (facts["mean"], facts["std"], facts["input size"]) == ("0.5", "0.25", "9×9")
