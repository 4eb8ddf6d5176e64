/** @file `transfuse serve`. */
import type { Command } from 'commander';
import { serveOptionsSchema } from '../../server/options.js';
import { interruption } from '../failure.js';
import { addOptions, saidOptions } from '../options.js';

export function describe(command: Command): void {
  command
    .description(
      'Answers HTTP: images in, probabilities out. Adapters of one base share it, and more can be added while it runs.',
    )
    .option(
      '--adapter <RUN>',
      'run folder or adapter file, or NAME=RUN; may be given many times',
      collect,
      [],
    )
    .option(
      '--base <MODEL>',
      'network that adapters added later may stand on, as train --model takes it; may be given many times',
      collect,
      [],
    )
    .addHelpText(
      'after',
      `
Examples:
  transfuse serve --adapter runs/cxr --adapter malaria=runs/m7
  curl --data-binary @image.png -H 'content-type: image/png' 'http://127.0.0.1:8000/v1/predictions?adapter=cxr'
  curl --data-binary @adapter.safetensors -H 'content-type: application/octet-stream' http://127.0.0.1:8000/v1/adapters/new

Addresses: /v1/predictions, /v1/adapters, /openapi.json, /healthz, /readyz, /metrics, and / for people.`,
    );
  addOptions(command, serveOptionsSchema);
  command.action(async ({ adapter, base }: { adapter: string[]; base: string[] }) => {
    const { serve } = await import('../../server/serve.js');
    const stop = interruption(() => process.stderr.write('Finishing what was accepted …\n'));
    try {
      const server = await serve(adapter, base, saidOptions(command, serveOptionsSchema), {
        onBug: (error) => process.stderr.write(`Failed: ${traceOf(error)}\n`),
      });
      const names = server.adapters.length === 0 ? 'no adapters yet' : server.adapters.join(', ');
      process.stdout.write(`Serving ${names} at ${server.url}\n`);
      if (!stop.signal.aborted) {
        await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }));
      }
      await server.close();
    } finally {
      stop.done();
    }
  });
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

/** Where it happened, without the message, which may quote what a client sent. */
function traceOf(error: unknown): string {
  const { name, stack = '' } = error as Error;
  return [name, ...stack.split('\n').filter((line) => line.startsWith('    at '))].join('\n');
}
