"""The published FC-then-full run in PyTorch, as one would write it by hand, on the images of one of our runs.

    python bench/torch_fine_tuning.py '{"data": …, "split": …, "model": …, "size": 128, "batch": 32, "seed": 0, "threads": 2}'

Images are decoded and resized once and kept; augmentation works on whole batches; frozen weights get no gradients;
convolutions run channels-last. After each epoch one line of JSON says how good the network is on the validation images,
and in the end one what it gives on the test images.
"""

import csv
import json
import pathlib
import sys
import warnings

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

import torch_networks

MEAN = torch.tensor([0.485, 0.456, 0.406]).mul(255).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).mul(255).view(1, 3, 1, 1)
DROPOUT = 0.5
PATIENCE = 6
LAYOUT = torch.channels_last


def read(case: dict) -> dict:
    """Images uint8 [n,3,H,W] and labels float [n] of each side of the split."""
    size = case["size"]
    with open(case["split"], newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"]]
    classes = sorted({row["label"] for row in rows})
    sides = {}
    for side in ("train", "validation", "test"):
        of_side = [row for row in rows if row["split"] == side]
        pixels = numpy.empty((len(of_side), size, size, 3), numpy.uint8)
        for i, row in enumerate(of_side):
            with Image.open(pathlib.Path(case["data"]) / row["image"]) as image:
                image.draft("RGB", (size, size))
                pixels[i] = numpy.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))
        labels = torch.tensor([float(classes.index(row["label"])) for row in of_side])
        sides[side] = torch.from_numpy(pixels).permute(0, 3, 1, 2), labels
    return sides


def augmented(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Flips, then shifts and zooms by up to a tenth, filled by reflection."""
    n = len(pixels)

    def uniform(least: float, most: float) -> torch.Tensor:
        return torch.empty(n).uniform_(least, most, generator=generator)

    zoom = uniform(0.9, 1.1)
    flips = [torch.randint(0, 2, (n,), generator=generator) * 2 - 1 for _ in range(2)]
    theta = torch.zeros(n, 2, 3)
    for axis in range(2):
        theta[:, axis, axis] = zoom * flips[axis]
        theta[:, axis, 2] = uniform(-0.2, 0.2) * flips[axis]
    grid = F.affine_grid(theta, list(pixels.shape), align_corners=False)
    return F.grid_sample(pixels, grid, padding_mode="reflection", align_corners=False)


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    return pixels.to(torch.float32, memory_format=LAYOUT).sub_(MEAN).div_(STD)


def auc(scores: torch.Tensor, labels: torch.Tensor) -> float:
    positive, negative = scores[labels == 1], scores[labels == 0]
    difference = positive[:, None] - negative[None, :]
    return ((difference > 0).double().mean() + 0.5 * (difference == 0).double().mean()).item()


class Run:
    def __init__(self, case: dict):
        self.case = case
        self.sides = read(case)
        self.network = torch_networks.load(case["model"], LAYOUT)
        self.generator = torch.Generator().manual_seed(case["seed"])
        _, scales, centres, others = self.network
        self.base = [*scales, *centres, *others]
        features = self.network.forward(torch.zeros(1, 3, 64, 64)).shape[1]
        limit = (6 / (features + 1)) ** 0.5
        self.kernel = torch.empty(features, 1).uniform_(-limit, limit, generator=self.generator)
        self.bias = torch.zeros(1)

    def logits(self, pixels: torch.Tensor, dropout: bool, frozen: bool) -> torch.Tensor:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen):
            features = self.network.forward(normalised(pixels))
        if dropout:
            kept = torch.empty_like(features).bernoulli_(1 - DROPOUT, generator=self.generator)
            features = features * kept / (1 - DROPOUT)
        return torch.addmm(self.bias, features, self.kernel).squeeze(1)

    @torch.no_grad()
    def evaluated(self, side: str) -> tuple[float, float]:
        pixels, labels = self.sides[side]
        parts = [self.logits(part, dropout=False, frozen=True) for part in pixels.split(self.case["batch"])]
        logits = torch.cat(parts)
        return F.binary_cross_entropy_with_logits(logits, labels).item(), auc(logits, labels)

    def phase(self, name: str, trained: list, rate: float, most: int) -> None:
        """Adam, the rate divided by five on a plateau, until the validation loss has not fallen for six epochs."""
        for parameter in [*self.base, self.kernel, self.bias]:
            parameter.requires_grad_(False)
        for parameter in trained:
            parameter.requires_grad_(True)
        frozen = len(trained) == 2
        optimiser = torch.optim.Adam(trained, lr=rate, eps=1e-7, fused=True)
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
            optimiser, factor=0.2, patience=0, threshold=1e-4, threshold_mode="abs", min_lr=1e-6
        )
        pixels, labels = self.sides["train"]
        best, best_epoch, kept = float("inf"), 0, None
        for epoch in range(1, most + 1):
            for part in torch.randperm(len(pixels), generator=self.generator).split(self.case["batch"]):
                images = augmented(pixels[part].float(), self.generator)
                optimiser.zero_grad(set_to_none=True)
                logits = self.logits(images, dropout=True, frozen=frozen)
                F.binary_cross_entropy_with_logits(logits, labels[part]).backward()
                optimiser.step()
            loss, validation_auc = self.evaluated("validation")
            say({"phase": name, "epoch": epoch, "validationLoss": loss, "validationAuc": validation_auc})
            schedule.step(loss)
            if loss < best:
                best, best_epoch, kept = loss, epoch, [parameter.detach().clone() for parameter in trained]
            elif epoch - best_epoch >= PATIENCE:
                break
        with torch.no_grad():
            for parameter, value in zip(trained, kept):
                parameter.copy_(value)

    def train(self) -> None:
        head = [self.kernel, self.bias]
        self.phase("head", head, 1e-3, 100)
        self.phase("full", [*self.base, *head], 1e-5, 500)
        say({"done": True, "validationAuc": self.evaluated("validation")[1], "testAuc": self.evaluated("test")[1]})


def say(what: dict) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    case = json.loads(sys.argv[1])
    torch.set_num_threads(case["threads"])
    Run(case).train()
