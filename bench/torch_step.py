"""PyTorch's side of the benchmark: takes training steps when asked to. Its argument is what step-case.ts calls a StepCase;
requests and answers are lines of JSON, as engine.ts has them. With --compile the forward pass, and so the backward,
goes through torch.compile."""

import json
import pathlib
import sys
import time
import warnings

import numpy
import torch
import torch.nn.functional as F

import torch_networks

LEARNING_RATE = 1e-7
COMPILED = "--compile" in sys.argv
LAYOUTS = {"NCHW": torch.contiguous_format, "channels_last": torch.channels_last}
MEAN = torch.tensor([0.485, 0.456, 0.406]).mul(255).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).mul(255).view(1, 3, 1, 1)


class Training:
    """One network in one memory layout, with frozen statistics throughout."""

    def __init__(self, case: dict, layout: str):
        self.layout = LAYOUTS[layout]
        self.network = torch_networks.load(case["model"], self.layout)
        self.forward = torch.compile(self.network.forward) if COMPILED else self.network.forward
        data = pathlib.Path(case["data"])
        shape = (case["batch"], case["size"], case["size"], 3)
        self.images = torch.from_numpy(numpy.fromfile(data / "images", numpy.uint8).reshape(shape))
        self.targets = torch.from_numpy(numpy.fromfile(data / "targets", numpy.float32).reshape(-1, 1))
        self.kernel = torch.from_numpy(numpy.fromfile(data / "head", numpy.float32).reshape(-1, 1))
        self.bias = torch.zeros(1)

        _, scales, centres, others = self.network
        self.trained = [*scales, *centres, self.kernel, self.bias]
        if case["method"] == "full":
            self.trained += others
        for parameter in others:
            parameter.requires_grad_(False)
        for parameter in self.trained:
            parameter.requires_grad_(True)
        self.optimiser = adam(self.trained)

    def step(self) -> float:
        self.optimiser.zero_grad(set_to_none=True)
        pixels = self.images.permute(0, 3, 1, 2).to(torch.float32, memory_format=self.layout)
        features = self.forward(pixels.sub_(MEAN).div_(STD))
        loss = F.binary_cross_entropy_with_logits(torch.addmm(self.bias, features, self.kernel), self.targets)
        loss.backward()
        self.optimiser.step()
        return loss.item()

    def seconds(self) -> float:
        started = time.perf_counter()
        self.step()
        return time.perf_counter() - started


def adam(parameters) -> torch.optim.Optimizer:
    try:
        return torch.optim.Adam(parameters, lr=LEARNING_RATE, eps=1e-7, fused=True)
    except (TypeError, RuntimeError):  # Older versions lack it, or lack it on the CPU.
        return torch.optim.Adam(parameters, lr=LEARNING_RATE, eps=1e-7)


class Answers:
    def __init__(self, case: dict):
        self.case = case

    def load(self, layout: str) -> dict:
        self.training = Training(self.case, layout)
        return {}

    def probe(self) -> dict:
        """The first step in both layouts, and the layout in which those after it were faster."""
        times, results = {}, {}
        for layout in LAYOUTS:
            training = Training(self.case, layout)
            loss = training.step()
            norm = sum(scale.grad.square().sum() for scale in training.network.scales).sqrt().item()
            trained = sum(parameter.numel() for parameter in training.trained)
            results[layout] = {"loss": loss, "gradientNorm": norm, "trained": trained, "layout": layout}
            times[layout] = min(training.seconds() for _ in range(3))
        return results[min(times, key=times.get)]

    def steps(self, count: int) -> dict:
        return {"seconds": [self.training.seconds() for _ in range(count)]}


def main() -> None:
    warnings.filterwarnings("ignore")
    case = json.loads(sys.argv[-1])
    torch.set_num_threads(case["threads"])
    answers = Answers(case)
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(answers, request.pop("do"))(**request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
