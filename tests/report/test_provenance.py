"""Where results come from: files of the user's own, and how models are built."""

from dataclasses import replace

from made_tables import EXHIBITS
from nrg.report.provenance import describe_forms, describe_model, find_user_files, ran_on_gpu
from nrg.study.attacks import Attack
from nrg.study.methods import Method
from nrg.study.pieces import make_piece
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
    (tmp_path / "my_attacks.py").write_text("def f(gradient):\n    return gradient\n")
    own = Attack("linf", 15, filter=(make_piece("filter", "my_attacks:f"),))
    exhibit = replace(EXHIBITS["table1"], methods=(Method("mine", own),))
    files = find_user_files(settings, ["given.yaml"], [exhibit, exhibit])
    found = {file.path: file.what for file in files}
    assert found == {
        "mine.yaml": "suite",
        "base.yaml": "suite",
        **dict.fromkeys(
            ("my_code/__init__.py", "my_code/nets.py", "my_code/blocks.py"),
            "code behind my_code.nets:net",
        ),
        "my_attacks.py": "code behind my_attacks:f",
    }
    assert find_own_suites("digits") == ()
    facts = describe_model(settings.suite.zoo["mine"])
    assert facts["arguments"] == '{"width": 3}'
    assert (facts["mean"], facts["std"], facts["input size"]) == ("0.5", "0.25", "9×9")


def proof(device: str = "cpu", **whys: str) -> dict:
    """A verdict on a network: in which precisions its quick form does not run, and why."""
    verdicts = {name: {"quick": not why, "why": why} for name, why in whys.items()}
    return {"device": device, "precisions": verdicts}


def test_the_form_in_which_networks_ran_is_said():
    suite = load_settings({"suite": "digits"}).suite
    every = {name: proof(fp32="") for name in suite.zoo}
    (sentence,) = describe_forms(every, suite)
    assert sentence.startswith(f"All {len(suite.zoo)} in their quick form")
    first, last = list(suite.zoo)[:2]
    sentences = describe_forms({first: proof(fp32=""), last: proof(fp32="x", bf16="x")}, suite)
    assert sentences[0].startswith(f"{first} in their quick form")
    assert sentences[1] == f"{last} in fp32 and bf16 as given, and not in its quick form: x."
    assert describe_forms({}, suite) == []


def test_gpu_time_is_counted_where_every_network_ran_on_a_gpu():
    gpu, cpu = proof("cuda"), proof("cpu")
    assert ran_on_gpu({"a": gpu, "b": gpu})
    assert not ran_on_gpu({"a": gpu, "b": cpu})
    assert not ran_on_gpu({})
