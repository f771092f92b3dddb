"""What only a GPU can show: its noise, memory, precision and leases."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from adversarial_sets import FGSM, NR_FGSM, NR_IGSM, crafted, images
from inputs import ROOT
from nrg.attack.noise import KeyedNoise
from nrg.base.devices import allow_tf32, gradients_in, visible_gpus
from nrg.base.image_keys import image_key
from nrg.models.classifier import Classifier, build_classifier, freeze
from nrg.plan.estimate import PEAK
from nrg.plan.speed import saved_bytes, take_gradients
from nrg.study.settings import load_suite

LEASE = """
from nrg.base.devices import prepare_device
device = prepare_device(1, 1)
import torch
print(torch.ones(2, device=device).sum().item(), torch.cuda.device_count(), flush=True)
input()
"""


def large_classifier(name: str, device: torch.device) -> Classifier:
    torch.manual_seed(0)
    return freeze(build_classifier(load_suite("imagenet", {}).zoo[name]), device, quick=True)


@pytest.mark.parametrize("shape", [(1, 3, 5), (1, 16, 16), (3, 224, 224)])
def test_noise_has_the_bits_that_the_cpu_gives(gpu, shape):
    keys = [image_key(0, f"image-{i}") for i in range(5)]
    on_gpu, on_cpu = (KeyedNoise(keys, shape, d, rows=12) for d in (gpu, torch.device("cpu")))
    for step, copy in ((0, 0), (3, 11), (19, 1000)):
        assert torch.equal(on_gpu(step, copy).cpu(), on_cpu(step, copy))


@pytest.mark.parametrize("name", ["squeezenet1_1", "densenet121", "resnet50"])
def test_shards_change_no_byte_of_photographs(gpu, name):
    classifier, data = large_classifier(name, gpu), images(20, channels=3, size=224)
    attacks = [NR_FGSM, NR_IGSM]
    whole, _ = crafted([classifier], attacks, data, microbatch=16, device=gpu)
    for part in (slice(0, 3), slice(3, 20)):
        shard, _ = crafted([classifier], attacks, data[part], microbatch=16, device=gpu)
        for attack, pixels in whole.items():
            np.testing.assert_array_equal(shard[attack], pixels[part])


def test_a_batch_that_a_full_gpu_refuses_is_halved(gpu, caplog):
    classifier, data = large_classifier("resnet18", gpu), images(64, channels=3, size=224)
    each = saved_bytes(lambda: take_gradients(classifier, data.pixels[:1], gpu), classifier)
    torch.cuda.empty_cache()
    allowed = torch.cuda.memory_reserved(gpu) + 24 * each
    torch.cuda.set_per_process_memory_fraction(allowed / torch.cuda.mem_get_info(gpu)[1], gpu)
    try:
        crowded, _ = crafted([classifier], [FGSM], data, microbatch=64, device=gpu)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, gpu)
    size = int(re.findall(r"batches of (\d+)", caplog.text)[-1])
    assert size < 64
    small, _ = crafted([classifier], [FGSM], data, microbatch=size, device=gpu)
    # Where memory is short, a convolution may take another way, with other low bits.
    assert np.mean(crowded[FGSM.name] != small[FGSM.name]) <= 0.01


def test_memory_does_not_grow_with_images_and_is_what_the_plan_says(gpu):
    classifier = large_classifier("resnet50", gpu)
    weights = sum(tensor.nbytes for tensor in classifier.state_dict().values())
    peaks = []
    for count in (16, 64):
        data = images(count, channels=3, size=224)
        torch.cuda.reset_peak_memory_stats(gpu)
        crafted([classifier], [NR_FGSM], data, microbatch=16, device=gpu)
        peaks.append(torch.cuda.max_memory_allocated(gpu))
    assert peaks[1] <= 1.02 * peaks[0]
    pixels = data.pixels[:1]
    each = saved_bytes(lambda: take_gradients(classifier, pixels, gpu), classifier)
    # The plan leaves out what convolutions need for a moment.
    assert peaks[1] <= 1.5 * PEAK * (weights + 16 * each)


def test_fp32_is_exact_and_the_other_precisions_are_other_attacks(gpu):
    classifier, data = large_classifier("resnet18", gpu), images(16, channels=3, size=224)
    sets = {}
    for precision in ("fp32", "tf32", "bf16"):
        allow_tf32(precision == "tf32")
        with gradients_in(precision, gpu):
            into, _ = crafted([classifier], [NR_FGSM], data, microbatch=16, device=gpu)
        sets[precision] = into[NR_FGSM.name]
    allow_tf32(False)
    with torch.no_grad():
        x = torch.from_numpy(data.pixels).to(gpu).float()
        logits = classifier(x)
        exact = large_classifier("resnet18", gpu).double()(x.double())
    assert (logits - exact).abs().max() <= 1e-4 * exact.abs().max()
    for precision in ("tf32", "bf16"):
        assert 0.001 < np.mean(sets[precision] != sets["fp32"]) < 0.6, precision


def test_two_jobs_take_turns_on_one_gpu(gpu, tmp_path):
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": visible_gpus()[0], "TMPDIR": str(tmp_path)}
    environment["PYTHONPATH"] = str(ROOT / "workflow")

    def start() -> subprocess.Popen:
        command = [sys.executable, "-c", LEASE]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True)

    with start() as first:
        assert first.stdout.readline() == "2.0 1\n"
        with start() as second:
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(timeout=10)
            first.kill()
            assert second.stdout.readline() == "2.0 1\n"
            second.kill()
