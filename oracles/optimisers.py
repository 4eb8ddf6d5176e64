"""Ten updates of PyTorch's optimisers on a small quadratic, for test/training/optimisers.test.ts."""
import json
import torch

cases = {
    "sgd": lambda p: torch.optim.SGD([p], lr=0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD([p], lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam([p], lr=0.02, eps=1e-12),
    "adamw": lambda p: torch.optim.AdamW([p], lr=0.02, eps=1e-12, weight_decay=0.1),
}
target = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
golden = {}
for name, make in cases.items():
    p = torch.tensor([0.5, 0.5, -0.5, 0.0], dtype=torch.float64, requires_grad=True)
    optimiser = make(p)
    path = []
    for _ in range(10):
        optimiser.zero_grad()
        (((p - target) ** 2) * torch.tensor([1.0, 0.1, 4.0, 0.01])).sum().backward()
        optimiser.step()
        path.append(p.detach().tolist())
    golden[name] = path
with open("test/golden/training/optimisers.json", "w") as file:
    json.dump(golden, file)
