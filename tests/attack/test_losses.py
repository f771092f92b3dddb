"""The cross entropy of one model and of ensembles."""

import pytest
import torch
from nrg.attack.losses import LOSSES, carlini_wagner, cross_entropy, float32_cross_entropy
from torch.nn.functional import cross_entropy as torch_cross_entropy


def uniform(members: int) -> torch.Tensor:
    return torch.full((members,), 1 / members, dtype=torch.float64).log()


def test_one_model_is_the_textbook_cross_entropy():
    torch.manual_seed(0)
    logits = 5 * torch.randn(1, 40, 10, dtype=torch.float64)
    labels = torch.randint(10, (40,))
    expected = torch_cross_entropy(logits[0], labels, reduction="none")
    torch.testing.assert_close(cross_entropy(logits, labels, uniform(1)), expected)


@pytest.mark.parametrize("weights", [[1 / 3, 1 / 3, 1 / 3], [0.5, 0.2, 0.3]])
def test_an_ensemble_is_the_mean_of_probabilities(weights):
    torch.manual_seed(1)
    logits = 3 * torch.randn(3, 20, 7, dtype=torch.float64)
    labels = torch.randint(7, (20,))
    weights = torch.tensor(weights, dtype=torch.float64)
    mean = (weights[:, None, None] * logits.softmax(-1)).sum(0)
    expected = -mean.gather(1, labels[:, None])[:, 0].log()
    torch.testing.assert_close(cross_entropy(logits, labels, weights.log()), expected)


@pytest.mark.parametrize("members", [1, 3])
def test_a_confident_model_keeps_the_direction_of_its_gradient(members):
    """At a margin of 40, p − 1 is 0 in float32; the gradient must still be that of float64."""
    logits = torch.tensor([[[40.0, 0.0, -1.0]]]).repeat(members, 1, 1)
    labels = torch.tensor([0])

    def gradient(dtype):
        x = logits.to(dtype).requires_grad_()
        weights = uniform(members).to(dtype)
        return torch.autograd.grad(cross_entropy(x, labels, weights).sum(), x)[0]

    torch.testing.assert_close(gradient(torch.float32).double(), gradient(torch.float64))
    naive = logits[0].clone().requires_grad_()
    (saturated,) = torch.autograd.grad(torch_cross_entropy(naive, labels), naive)
    assert saturated[0, 0] == 0, "the textbook form does lose the true logit's gradient"


@pytest.mark.parametrize("members", [1, 3])
def test_the_textbook_form_is_the_same_where_nothing_saturates(members):
    torch.manual_seed(3)
    logits, labels = 3 * torch.randn(members, 20, 7), torch.randint(7, (20,))
    weights = uniform(members).float()
    got = float32_cross_entropy(logits, labels, weights)
    torch.testing.assert_close(got, cross_entropy(logits, labels, weights))


def test_carlini_wagner_is_the_margin_of_logits():
    logits = torch.tensor([[[3.0, 5.0, -1.0], [2.0, 0.5, 0.0]]])
    got = carlini_wagner(logits, torch.tensor([0, 0]), uniform(1).float())
    torch.testing.assert_close(got, torch.tensor([2.0, -1.5]))


def test_an_images_loss_does_not_depend_on_its_batch():
    torch.manual_seed(2)
    logits, labels = torch.randn(2, 9, 5), torch.randint(5, (9,))
    weights = uniform(2).float()
    whole = cross_entropy(logits, labels, weights)
    alone = torch.cat(
        [cross_entropy(logits[:, i : i + 1], labels[i : i + 1], weights) for i in range(9)]
    )
    torch.testing.assert_close(whole, alone)


def test_the_logit_loss_is_the_labels_logit_averaged_over_networks():
    logits = torch.tensor([[[1.0, 5.0, 2.0]], [[3.0, -1.0, 4.0]]])
    weights = torch.tensor([0.25, 0.75])
    found = LOSSES["logit"](logits, torch.tensor([1]), weights.log())
    torch.testing.assert_close(found, torch.tensor([-(0.25 * 5 - 0.75)]))
