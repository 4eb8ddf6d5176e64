"""What a peer's process does: requests and answers are lines of JSON, as engine.ts has them."""

import json
import sys
import time
import typing


class Training(typing.Protocol):
    """One network, ready to take steps."""

    def run(self) -> dict:
        """One step. Gives its `loss`."""

    def probed(self) -> dict:
        """Of the last step: `gradientNorm` (over all batch-norm scales), and `trained` (how many numbers train)."""


def case() -> dict:
    """What step-case.ts calls a StepCase: the last argument."""
    return json.loads(sys.argv[-1])


def seconds(training: Training) -> float:
    started = time.perf_counter()
    training.run()
    return time.perf_counter() - started


class Answers:
    def __init__(self, start: typing.Callable[[str], Training], variants: typing.Iterable[str]):
        self.start = start
        self.variants = list(variants)

    def load(self, layout: str) -> dict:
        self.training = self.start(layout)
        return {}

    def probe(self) -> dict:
        """The first step in every variant, and the one in which those after it were fastest."""
        times, results = {}, {}
        for variant in self.variants:
            training = self.start(variant)
            results[variant] = {**training.run(), **training.probed(), "layout": variant}
            times[variant] = min(seconds(training) for _ in range(3))
        return results[min(times, key=times.get)]

    def steps(self, count: int) -> dict:
        return {"seconds": [seconds(self.training) for _ in range(count)]}


def serve(answers: Answers) -> None:
    for line in sys.stdin:
        request = json.loads(line)
        answer = getattr(answers, request.pop("do"))(**request)
        print(json.dumps(answer), flush=True)
