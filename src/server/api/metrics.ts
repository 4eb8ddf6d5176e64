/** @file What the server counts, for Prometheus. Nothing in it names an image or a client. */
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as Metrics } from 'prom-client';

export interface ServerMetrics {
  readonly registry: Metrics;
  /** Images by adapter and outcome: `predicted`, or the code of the refusal. */
  image(adapter: string, outcome: string): void;
  /** Forgets what is no longer served, so that names that come and go do not add up. */
  forget(adapter: string): void;
  decoded(seconds: number): void;
  run(images: number, seconds: number): void;
}

export interface Gauges {
  readonly pending: () => number;
  readonly adapters: () => number;
  readonly engines: () => number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts requests of `app`, and makes the counters that its routes use. */
export function countRequests(app: FastifyInstance, { pending, adapters, engines }: Gauges): ServerMetrics {
  const registry = new Metrics();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'transfuse_request_seconds',
    help: 'Time to answer a request, by route, method and status.',
    labelNames: ['route', 'method', 'status'],
    buckets: SECONDS,
    registers,
  });
  const images = new Counter({
    name: 'transfuse_images_total',
    help: 'Images by adapter and outcome.',
    labelNames: ['adapter', 'outcome'],
    registers,
  });
  const decoding = new Histogram({
    name: 'transfuse_decode_seconds',
    help: 'Time to decode and resize an image, waiting for a thread included.',
    buckets: SECONDS,
    registers,
  });
  const running = new Histogram({
    name: 'transfuse_run_seconds',
    help: 'Time of a run of the network.',
    buckets: SECONDS,
    registers,
  });
  const perRun = new Histogram({
    name: 'transfuse_run_images',
    help: 'Images in a run of the network.',
    buckets: [1, 2, 4, 8],
    registers,
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('transfuse_images_pending', 'Images accepted and not yet answered.', pending);
  gauge('transfuse_adapters', 'Adapters that are served.', adapters);
  gauge('transfuse_engines', 'Bases loaded, once per network, image size and preprocessing.', engines);

  app.addHook('onResponse', async ({ method, routeOptions: { url = 'none' } }, reply) => {
    requests.observe({ route: url, method, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  return {
    registry,
    image: (adapter, outcome) => images.inc({ adapter, outcome }),
    async forget(adapter) {
      const { values } = await images.get();
      for (const { labels } of values) if (labels.adapter === adapter) images.remove(labels as never);
    },
    decoded: (seconds) => decoding.observe(seconds),
    run(count, seconds) {
      perRun.observe(count);
      running.observe(seconds);
    },
  };
}
