/** @file What computes in a browser: the processor through WebAssembly, or a GPU through WebGPU where it is allowed. */
import { TransfuseError } from '../../errors.js';
import type { Device } from '../../runtime/device.js';

export type BrowserDevice = Extract<Device, 'cpu' | 'webgpu'>;

export interface BrowserChoice {
  readonly device: BrowserDevice;
  /** Whether this very device was asked for: then nothing else takes its place. */
  readonly asked: boolean;
  /** What is used and why; one line without a full stop. */
  readonly line: string;
}

/**
 * @throws TransfuseError `device-unavailable` where WebGPU was asked for and there is none, `bad-option` for a device
 * that browsers do not know
 */
export async function chooseBrowserDevice(wanted: 'auto' | Device): Promise<BrowserChoice> {
  const cores = navigator.hardwareConcurrency || 1;
  const processor = `WebAssembly, ${cores === 1 ? 'one thread' : `${cores} threads`}`;
  if (wanted === 'cuda') {
    throw new TransfuseError(
      'bad-option',
      'device is cuda, which no browser has; choose auto, cpu or webgpu',
    );
  }
  if (wanted === 'cpu') return { device: 'cpu', asked: true, line: `${processor}, as asked` };
  const found = await lookForGpu();
  if ('absent' in found) {
    if (wanted === 'auto') {
      return { device: 'cpu', asked: false, line: `${processor} (no WebGPU: ${found.absent})` };
    }
    throw new TransfuseError('device-unavailable', `WebGPU cannot be used here: ${found.absent}`);
  }
  if (wanted === 'webgpu') return { device: 'webgpu', asked: true, line: `WebGPU (${found.name}), as asked` };
  if (found.isSoftware) {
    const why = `its only adapter, ${found.name}, is software`;
    return { device: 'cpu', asked: false, line: `${processor} (no WebGPU: ${why})` };
  }
  return { device: 'webgpu', asked: false, line: `WebGPU (${found.name})` };
}

type Found = { readonly absent: string } | { readonly name: string; readonly isSoftware: boolean };

/** Of the browser's interface, what is needed here. */
interface Gpu {
  requestAdapter(options: object): Promise<{
    readonly isFallbackAdapter?: boolean;
    readonly info: {
      readonly vendor: string;
      readonly architecture: string;
      readonly description: string;
      readonly isFallbackAdapter?: boolean;
    };
  } | null>;
}

async function lookForGpu(): Promise<Found> {
  const { gpu } = navigator as { readonly gpu?: Gpu };
  if (gpu === undefined) {
    return { absent: isSecureContext ? 'this browser does not offer it' : 'it needs HTTPS or localhost' };
  }
  // The runtime's build with WebGPU waits for the GPU in the middle of WebAssembly, which this makes possible.
  if (!('Suspending' in WebAssembly))
    return { absent: 'this browser’s WebAssembly cannot wait for it (JSPI)' };
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (adapter === null) return { absent: 'there is no graphics adapter that it can use' };
  const { info } = adapter;
  const name = info.description || `${info.vendor} ${info.architecture}`.trim() || 'unnamed adapter';
  const isSoftware =
    info.isFallbackAdapter === true ||
    adapter.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|software/i.test(`${info.architecture} ${info.description}`);
  return { name, isSoftware };
}
