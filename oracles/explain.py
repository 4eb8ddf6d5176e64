"""A small network with Captum's Grad-CAM and saliency of it: what heatmaps must equal.

    python oracles/explain.py      → test/golden/explain/network.onnx, expected.json

Needs torch, onnx and captum (with matplotlib).
"""

import json
from pathlib import Path

import torch
from captum.attr import LayerGradCam, Saliency

OUT = Path(__file__).parent.parent / "test/golden/explain"
HEIGHT, WIDTH, CLASSES = 24, 32, 3


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        nn = torch.nn

        def unit(inputs, outputs, stride):
            return nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.SiLU()
            )

        self.body = nn.Sequential(unit(3, 8, 2), nn.MaxPool2d(2), unit(8, 12, 1), unit(12, 10, 1))
        self.head = nn.Linear(10, CLASSES)

    def forward(self, x):
        return self.head(torch.nn.functional.adaptive_avg_pool2d(self.body(x), 1).flatten(1))


def build(seed):
    torch.manual_seed(seed)
    model = Small().eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for values, low, high in [
                (module.weight, 0.5, 1.5),
                (module.bias, -0.5, 0.5),
                (module.running_mean, -0.3, 0.3),
                (module.running_var, 0.5, 1.5),
            ]:
                torch.nn.init.uniform_(values, low, high)
    return model, torch.randint(0, 256, (2, HEIGHT, WIDTH, 3))


def main(seed=1):
    model, pixels = build(seed)
    # Pixels as they are, from 0 to 255, are divided by 255 (what is called `unit`).
    images = (pixels.float() / 255).permute(0, 3, 1, 2).contiguous().requires_grad_()
    expected = {
        "height": HEIGHT,
        "width": WIDTH,
        "pixels": pixels.flatten().tolist(),
        "headKernel": model.head.weight.detach().T.flatten().tolist(),
        "headBias": model.head.bias.tolist(),
        "logits": model(images).detach().flatten().tolist(),
        "classes": [],
    }
    cam = LayerGradCam(model, model.body)
    saliency = Saliency(model)
    for k in range(CLASSES):
        # A map that is cut to nothing tests nothing: another seed then.
        maps = cam.attribute(images, target=k, relu_attributions=True).detach()
        if (maps.amax((1, 2, 3)) == 0).any():
            return main(seed + 1)
        gradients = saliency.attribute(images, target=k, abs=False).detach().permute(0, 2, 3, 1)
        expected["classes"].append(
            {"shape": list(maps.shape), "gradCam": maps.flatten().tolist(), "gradient": gradients.flatten().tolist()}
        )
    OUT.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        model, images.detach(), str(OUT / "network.onnx"), dynamo=False, opset_version=17,
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, input_names=["images"],
    )
    rounded = json.loads(json.dumps(expected), parse_float=lambda x: float(f"{float(x):.7g}"))
    (OUT / "expected.json").write_text(json.dumps(rounded, separators=(",", ":")) + "\n")


main()
