/** @file POST /v1/predictions: images in, probabilities out. */
import type { FastifyInstance } from 'fastify';
import { TransfuseError } from '../../errors.js';
import { atTemperature } from '../../metrics/index.js';
import { decide, perClass } from '../../runs/decide.js';
import type { Batcher } from '../batcher.js';
import type { Decoder } from '../decoder.js';
import { headProbabilities } from '../head.js';
import type { Heatmaps } from '../heatmaps.js';
import { Problem, type ProblemBody, problemBody, untilAnswered } from '../http/index.js';
import type { Registry, Served } from '../registry.js';
import type { Admission } from './admission.js';
import { type AdapterDescription, describeAdapter } from './describe.js';
import { type Picture, picturesOf } from './frames.js';
import type { ServerMetrics } from './metrics.js';
import { predictionsSchema } from './schemas.js';
import { readUploads, type UploadLimits } from './uploads.js';

/** What predictions are made with. */
export interface Workshop {
  readonly registry: Registry;
  readonly decoder: Decoder;
  readonly batcher: Batcher;
  readonly heatmaps: Heatmaps;
  readonly admission: Admission;
  readonly metrics: ServerMetrics;
  readonly limits: UploadLimits & { readonly pixels: number };
}

/** Each costs several times what a prediction does. */
const MOST_HEATMAPS = 8;

interface ClassProbability {
  readonly class: string;
  /** As the network gives it, and `predict` without --calibrate. */
  readonly probability: number;
  /** At the temperature that was fitted on validation; absent where none was. */
  readonly calibrated?: number;
}

/** Which picture of the request: an image, or a frame of one. */
interface Place {
  readonly image: number;
  /** Which frame of the file, from 1, and how many it has; absent where it has one. */
  readonly frame?: number;
  readonly frames?: number;
}

interface Predicted extends Place {
  readonly adapter: string;
  readonly labels: readonly string[];
  readonly probabilities: readonly ClassProbability[];
  readonly heatmap?: { readonly class: string; readonly png: string };
}

interface Refused extends Place {
  readonly adapter: string;
  readonly problem: ProblemBody;
}

export interface PredictionsAnswer {
  readonly predictions: readonly (Predicted | Refused)[];
  readonly adapters: readonly AdapterDescription[];
}

export function predictionRoutes(app: FastifyInstance, workshop: Workshop): void {
  const { registry, decoder, admission, limits } = workshop;
  app.addContentTypeParser(
    /^(image\/|application\/(octet-stream|dicom)\b)/,
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  );
  app.post<{ Querystring: { adapter?: string; heatmap: boolean; frames?: string } }>(
    '/v1/predictions',
    {
      schema: predictionsSchema,
      bodyLimit: limits.body,
      onRequest: async (request, reply) => admission.enter(request, reply),
    },
    async (request, reply): Promise<PredictionsAnswer> => {
      const answered = untilAnswered(reply);
      const uploads = await readUploads(request, limits);
      const asked = request.query.adapter ?? uploads.adapter;
      const heatmap = request.query.heatmap || uploads.heatmap === true;
      if (heatmap && uploads.images.length > MOST_HEATMAPS) {
        throw new Problem(413, 'too-many-images', `at most ${MOST_HEATMAPS} images are taken with heatmaps`);
      }
      const adapters = uploads.images.map(({ adapter = asked }) => adapterFor(registry, adapter));
      const frames = request.query.frames ?? uploads.frames;
      const held = adapters.map((served) => registry.hold(served));
      let answers: (Predicted | Refused)[];
      try {
        const pictures = await picturesOf(
          uploads.images,
          adapters,
          frames,
          heatmap ? MOST_HEATMAPS : limits.images,
          decoder,
          answered,
        );
        const done = admission.accept(pictures.length);
        const answer = (picture: Picture) => {
          const release = registry.hold(picture.served);
          return predictOne(workshop, picture, heatmap, answered).finally(() => {
            release();
            done();
          });
        };
        answers = await Promise.all(pictures.map(answer));
      } finally {
        for (const release of held) release();
      }
      if (answers.every((answer) => 'problem' in answer)) {
        const [{ problem }] = answers as [Refused];
        throw new Problem(problem.status, problem.code, problem.detail);
      }
      return { predictions: answers, adapters: [...new Set(adapters)].map(describeAdapter) };
    },
  );
}

/** @throws Problem `adapter-needed`, `no-such-adapter` */
function adapterFor(registry: Registry, name: string | undefined): Served {
  const all = registry.list();
  if (name === undefined) {
    if (all.length === 1) return all[0]!;
    throw new Problem(400, 'adapter-needed', `say which adapter; there are ${all.length}`);
  }
  const served = registry.get(name);
  if (!served) throw new Problem(404, 'no-such-adapter', 'there is no adapter of this name');
  return served;
}

async function predictOne(
  { registry, decoder, batcher, heatmaps, metrics, limits }: Workshop,
  { image, frame, bytes, served }: Picture,
  heatmap: boolean,
  signal: AbortSignal,
): Promise<Predicted | Refused> {
  const { name, adapter, engine, affine, classifier } = served;
  const place: Place = { image, ...(frame && { frame: frame.index + 1, frames: frame.of }) };
  const { task, classes, thresholds, height, width, dicom, temperature } = adapter;
  /** Not of an adapter that was removed meanwhile, whose counts are forgotten. */
  const count = (outcome: string) => registry.get(name) === served && metrics.image(name, outcome);
  try {
    const began = performance.now();
    const target = { height, width, dicom, frame: frame?.index, mostPixels: limits.pixels };
    const pixels = await decoder.image(bytes, target, signal);
    metrics.decoded((performance.now() - began) / 1000);
    const features = await batcher.features(engine, { pixels, affine }, signal);
    const outputs = headProbabilities(task, classifier.head, features);
    const probabilities = perClass(task, outputs);
    const calibrated =
      temperature && perClass(task, atTemperature({ task, classes, probabilities: outputs }, temperature));
    const labels = decide(adapter, outputs, thresholds);
    const likeliest = probabilities.indexOf(Math.max(...probabilities));
    const about = task === 'binary' && labels[0] !== undefined ? classes.indexOf(labels[0]) : likeliest;
    const drawn = heatmap && (await heatmaps.draw(served, pixels, about, signal));
    count('predicted');
    return {
      ...place,
      adapter: name,
      labels,
      probabilities: classes.map((of, k) => ({
        class: of,
        probability: probabilities[k]!,
        ...(calibrated && { calibrated: calibrated[k]! }),
      })),
      ...(drawn && { heatmap: { class: classes[about]!, png: Buffer.from(drawn).toString('base64') } }),
    };
  } catch (error) {
    // What is not of this image, such as a lane that died or a client that left, is of the whole request.
    if (!(error instanceof TransfuseError)) throw error;
    const status = error instanceof Problem ? error.status : 422;
    count(error.code);
    return { ...place, adapter: name, problem: problemBody(status, error.code, error.message) };
  }
}
