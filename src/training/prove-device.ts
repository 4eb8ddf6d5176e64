/** @file Before a phase is trusted to a GPU, it must give on one micro-batch what the CPU gives. */
import { TransfuseError } from '../errors.js';
import { float32, sizeOf, type Tensor } from '../graph/tensor.js';
import { Random } from '../random.js';
import { ports, type StepProgram } from './program.js';
import type { Runner, StepperOptions } from './stepping.js';

/** Relative errors, as root mean squares. Rounding makes 1e-6 of each, and a few ReLUs fall to the other side. */
const TOLERANCES = { results: 1e-3, gradients: 1e-2 };

/** A model on the CPU. */
interface Reference {
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/**
 * Runs the first step program of `runner` and the same program on the CPU, with random pixels or features.
 * @param onCpu loads it there
 * @throws TransfuseError `device-wrong` where they disagree, `device-failed` where the GPU cannot run it
 */
export async function proveDevice(
  runner: Runner,
  options: StepperOptions,
  onCpu: () => Promise<Reference>,
): Promise<void> {
  const { device, steps, snapshot } = options;
  const step = steps[0]!;
  const feeds = trialFeeds(step, options);
  const found = await runner.run(0, feeds);
  const session = await onCpu();
  const parameters = step.fed.map((name) => [name, snapshot.parameters.get(name)!] as const);
  const expected = await session.run({ ...Object.fromEntries(parameters), ...feeds });
  await session.release();

  const gradients = new Set(step.trained.map(ports.gradient));
  for (const kind of ['results', 'gradients'] as const) {
    const names = Object.keys(expected).filter((name) => gradients.has(name) === (kind === 'gradients'));
    const error = relativeError(names, found, expected);
    if (error <= TOLERANCES[kind]) continue;
    throw new TransfuseError(
      'device-wrong',
      `${device} computes ${kind} that are ${(100 * error).toPrecision(2)} % off the CPU’s; --device cpu does without it`,
    );
  }
}

function trialFeeds(
  { microBatch: n, input, takesTargets, dropRates }: StepProgram,
  { outputs, features, dropout }: StepperOptions,
): Record<string, Tensor> {
  const random = new Random(0);
  const count = n * sizeOf(input.shape);
  const images =
    input.dtype === 'uint8'
      ? Uint8Array.from({ length: count }, () => random.word() & 255)
      : Float32Array.from({ length: count }, () => random.between(0, 1));
  const targets = Float32Array.from({ length: n * outputs }, (_, i) => {
    const [row, column] = [Math.floor(i / outputs), i % outputs];
    return Number(outputs === 1 ? row % 2 === 1 : row % outputs === column);
  });
  const filled = (value: number, shape: readonly number[]) =>
    float32(new Float32Array(sizeOf(shape)).fill(value), shape);
  return {
    [input.name]: { dtype: input.dtype, shape: [n, ...input.shape], data: images },
    [ports.weights]: filled(1 / n, [n]),
    ...(takesTargets && { [ports.targets]: float32(targets, [n, outputs]) }),
    ...(dropout > 0 && { [ports.mask]: filled(1, [n, features]) }),
    ...(dropRates.length > 0 && { [ports.keep]: filled(1, [n, dropRates.length]) }),
  };
}

/** ‖found − expected‖ / ‖expected‖ over all of the given tensors; NaN counts as infinitely wrong. */
function relativeError(
  names: readonly string[],
  found: Readonly<Record<string, Tensor>>,
  expected: Readonly<Record<string, Tensor>>,
): number {
  let [difference, size] = [0, 0];
  for (const name of names) {
    const values = found[name]!.data as Float32Array;
    (expected[name]!.data as Float32Array).forEach((value, i) => {
      difference += (values[i]! - value) ** 2;
      size += value ** 2;
    });
  }
  if (difference === 0) return 0;
  const error = Math.sqrt(difference / size);
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}
