"""PyTorch's side of the benchmark: takes training steps when asked to (see step_answers.py). With --compile the forward
pass, and so the backward, goes through torch.compile; with --cuda all is on the GPU, but for the images, which come from
this machine's memory in every step as ours do; with --amp it computes in float16 where PyTorch thinks that safe."""

import pathlib
import sys
import warnings

import numpy
import torch
import torch.nn.functional as F

import step_answers
import torch_networks

LEARNING_RATE = 1e-7
COMPILED = "--compile" in sys.argv
DEVICE = "cuda" if "--cuda" in sys.argv else "cpu"
AMP = "--amp" in sys.argv
LAYOUTS = {"NCHW": torch.contiguous_format, "channels_last": torch.channels_last}
MEAN = torch.tensor([0.485, 0.456, 0.406], device=DEVICE).mul(255).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225], device=DEVICE).mul(255).view(1, 3, 1, 1)


class Training:
    """One network in one memory layout, with frozen statistics throughout."""

    def __init__(self, case: dict, layout: str):
        self.layout = LAYOUTS[layout]
        self.network = torch_networks.load(case["model"], self.layout, DEVICE)
        self.forward = torch.compile(self.network.forward) if COMPILED else self.network.forward
        data = pathlib.Path(case["data"])
        shape = (case["batch"], case["size"], case["size"], 3)
        self.images = torch.from_numpy(numpy.fromfile(data / "images", numpy.uint8).reshape(shape))
        self.targets = torch.from_numpy(numpy.fromfile(data / "targets", numpy.float32).reshape(-1, 1)).to(DEVICE)
        self.kernel = torch.from_numpy(numpy.fromfile(data / "head", numpy.float32).reshape(-1, 1)).to(DEVICE)
        self.bias = torch.zeros(1, device=DEVICE)

        _, scales, centres, others = self.network
        self.trained = [*scales, *centres, self.kernel, self.bias]
        if case["method"] == "full":
            self.trained += others
        for parameter in others:
            parameter.requires_grad_(False)
        for parameter in self.trained:
            parameter.requires_grad_(True)
        self.optimiser = adam(self.trained)
        # Without AMP it hands everything through.
        self.scaler = torch.amp.GradScaler(DEVICE, enabled=AMP)

    def run(self) -> dict:
        self.optimiser.zero_grad(set_to_none=True)
        pixels = self.images.to(DEVICE).permute(0, 3, 1, 2).to(torch.float32, memory_format=self.layout)
        with torch.autocast(DEVICE, enabled=AMP):
            features = self.forward(pixels.sub_(MEAN).div_(STD))
            logits = torch.addmm(self.bias, features, self.kernel)
        loss = F.binary_cross_entropy_with_logits(logits.float(), self.targets)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimiser)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        return {"loss": loss.item()}

    def probed(self) -> dict:
        norm = sum(scale.grad.square().sum() for scale in self.network.scales).sqrt().item()
        return {"gradientNorm": norm, "trained": sum(parameter.numel() for parameter in self.trained)}


def adam(parameters) -> torch.optim.Optimizer:
    try:
        return torch.optim.Adam(parameters, lr=LEARNING_RATE, eps=1e-7, fused=True)
    except (TypeError, RuntimeError):  # Older versions lack it, or lack it on the CPU.
        return torch.optim.Adam(parameters, lr=LEARNING_RATE, eps=1e-7)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    case = step_answers.case()
    torch.set_num_threads(case["threads"])
    step_answers.serve(step_answers.Answers(lambda layout: Training(case, layout), LAYOUTS))
