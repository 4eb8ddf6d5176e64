/** @file Runs a phase's programs on lanes of the browser. */
import { sizeOf, type Tensor } from '../../graph/tensor.js';
import type { Program } from '../../training/program.js';
import { proveDevice } from '../../training/prove-device.js';
import type { RunningStepper, StepperOptions } from '../../training/stepping.js';
import { createStepping, programsOf, updaterOptions, withoutModels } from '../../training/stepping.js';
import { createUpdater } from '../../training/updater.js';
import type { BrowserDevice } from './device.js';
import { startLanes } from './lanes.js';

/** @throws TransfuseError `device-wrong`, `device-failed` */
export async function createBrowserStepper(options: StepperOptions): Promise<RunningStepper> {
  const { steps, snapshot } = options;
  const device = (options.device ?? 'cpu') as BrowserDevice;
  const parameters = new Map([...snapshot.parameters].map(([name, tensor]) => [name, copyOf(tensor)]));
  const models = programsOf<Program>(options).map(({ model }) => model);
  const most = Math.max(...steps.map(({ parts }) => parts));
  const lanes = await startLanes(models, { most, device, shared: parameters });
  try {
    if (device !== 'cpu') await proveDevice(lanes, options, () => loadOnCpu(steps[0]!.model));
  } catch (error) {
    lanes.close();
    throw error;
  }
  const updater = createUpdater(updaterOptions(options, parameters));
  const stepping = createStepping(withoutModels(options, parameters), lanes, updater);
  return { ...stepping, close: async () => lanes.close() };
}

async function loadOnCpu(model: Uint8Array) {
  const lanes = await startLanes([model], { most: 1 });
  return {
    run: (feeds: Readonly<Record<string, Tensor>>) => lanes.run(0, feeds),
    release: async () => lanes.close(),
  };
}

/** A copy that owns the whole of its buffer, as messages carry whole buffers. */
function copyOf({ dtype, shape, data }: Tensor): Tensor {
  return { dtype, shape, data: data.slice(0, sizeOf(shape)) };
}
