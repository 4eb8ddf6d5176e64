/**
 * @file What the process of a JavaScript engine does: requests and answers are lines of JSON, as engine.ts has them. A peer
 * gets the folder in which it is installed, and the case as last argument.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { Probe, Steps } from './engine.js';
import type { StepCase } from './step-case.js';

/** A peer's network, ready to take steps. */
export interface JsTraining {
  /** One step; resolves when its loss is known. */
  step(): Promise<unknown>;
  /** The first step, which also tells what it computed. */
  first(): Promise<Omit<Probe, 'layout'>>;
}

/** Answers as a peer does that computes in one way only. */
export async function serveTraining(layout: string, start: () => Promise<JsTraining>): Promise<void> {
  let training: JsTraining;
  await serveLines({
    async load() {
      training = await start();
      return {};
    },
    probe: async (): Promise<Probe> => ({ ...(await (await start()).first()), layout }),
    steps: ({ count }: { count: number }) => timed(count, () => training.step()),
  });
}

/** How long each of so many steps takes. */
export async function timed(count: number, step: () => Promise<unknown>): Promise<Steps> {
  const seconds: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await step();
    seconds.push((performance.now() - started) / 1000);
  }
  return { seconds };
}

/** One answer per line that comes in; what goes wrong is an answer, too. */
export async function serveLines(
  answers: Record<string, (request: { count: number }) => Promise<object>>,
): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as { do: string; count: number };
    const answer = await answers[request.do]!(request).catch(({ message }: Error) => ({ error: message }));
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

/** What the engines' last argument says. */
export const givenCase = (): StepCase => JSON.parse(process.argv.at(-1)!);

/** What writeStepData wrote. */
export async function readStepData(data: string) {
  const floats = async (name: string) => {
    const { buffer, byteOffset, byteLength } = await readFile(path.join(data, name));
    return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
  };
  return {
    images: new Uint8Array(await readFile(path.join(data, 'images'))),
    targets: await floats('targets'),
    head: await floats('head'),
  };
}

/** A package that the user has installed in the folder. */
export async function importFrom(folder: string, name: string): Promise<unknown> {
  const require = createRequire(path.resolve(folder, 'package.json'));
  return import(pathToFileURL(require.resolve(name)).href);
}
