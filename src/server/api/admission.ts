/** @file What is let in: so many requests of one client, so many bytes and images in all, and no more. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../http/index.js';

export interface AdmissionLimits {
  readonly perClient: number;
  /** Bytes of one request. */
  readonly body: number;
  /** Bytes of all requests that are arriving or waiting. */
  readonly buffered: number;
  /** Images accepted and not yet answered. */
  readonly queue: number;
}

export interface Admission {
  /** Before anything of a request's body is read. @throws Problem 413, 429, 503 */
  enter(request: FastifyRequest, reply: FastifyReply): void;
  /**
   * Before its images are worked on.
   * @returns to be called for each image that is done
   * @throws Problem 503
   */
  accept(images: number): () => void;
  /** Images accepted and not yet answered. */
  readonly images: number;
}

export function createAdmission({ perClient, body, buffered, queue }: AdmissionLimits): Admission {
  const clients = new Map<string, number>();
  const speed = createSpeed();
  let bytes = 0;
  let images = 0;

  const busy = () =>
    new Problem(503, 'overloaded', 'the server has more to do than it can, try again later', {
      'retry-after': String(speed.secondsFor(images)),
    });

  return {
    enter({ ip, headers }, reply) {
      const length = headers['content-length'] === undefined ? body : Number(headers['content-length']);
      if (length > body) throw new Problem(413, 'body-too-large', `a request may have ${body} bytes`);
      const ofClient = clients.get(ip) ?? 0;
      if (ofClient >= perClient) {
        throw new Problem(
          429,
          'too-many-requests',
          `${perClient} requests from this address are being answered`,
          { 'retry-after': String(speed.secondsFor(images)) },
        );
      }
      if (images >= queue || bytes + length > buffered) throw busy();
      clients.set(ip, ofClient + 1);
      bytes += length;
      reply.raw.once('close', () => {
        bytes -= length;
        const left = clients.get(ip)! - 1;
        if (left > 0) clients.set(ip, left);
        else clients.delete(ip);
      });
    },
    accept(n) {
      // However many images a request may have, one that finds the server idle is let in.
      if (images > 0 && images + n > queue) throw busy();
      images += n;
      return () => {
        images--;
        speed.count();
      };
    },
    get images() {
      return images;
    },
  };
}

const MEMORY_SECONDS = 10;

/** Images per second of late, to say when to come back. */
function createSpeed() {
  let rate = 0;
  let last = performance.now();
  return {
    count() {
      const now = performance.now();
      const kept = Math.exp(-(now - last) / 1000 / MEMORY_SECONDS);
      rate = rate * kept + 1 / MEMORY_SECONDS;
      last = now;
    },
    secondsFor(images: number): number {
      return Math.min(60, Math.max(1, Math.ceil(images / Math.max(rate, 1))));
    },
  };
}
