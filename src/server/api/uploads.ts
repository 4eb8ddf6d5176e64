/** @file The images of a request, in whichever of three ways they come; all that a client sends stays in memory. */
import type { FastifyRequest } from 'fastify';
import { framesRule, isFrames } from '../../data/dicom/options.js';
import { Problem } from '../http/index.js';

/** An image that a client sent; nothing of it has been looked at. */
export interface Upload {
  readonly bytes: Uint8Array;
  /** The adapter asked for; absent, the request's or the only one. */
  readonly adapter?: string;
}

export interface UploadLimits {
  /** Bytes of all images together. */
  readonly body: number;
  readonly images: number;
}

/** What a JSON request looks like, once its schema has been checked. */
export interface JsonRequest {
  readonly adapter?: string;
  readonly heatmap?: boolean;
  readonly frames?: string;
  readonly images: readonly { readonly data: string; readonly adapter?: string }[];
}

/** Settings and images of a request. */
export interface Uploads {
  readonly adapter?: string;
  readonly heatmap?: boolean;
  /** Which frames of files of several. */
  readonly frames?: string;
  readonly images: readonly Upload[];
}

/**
 * Reads JSON with base64, a multipart form, or one image as the body.
 * @throws Problem `bad-base64`, `no-images`, `too-many-images`, `body-too-large`
 */
export async function readUploads(request: FastifyRequest, limits: UploadLimits): Promise<Uploads> {
  const { body } = request;
  const uploads = request.isMultipart()
    ? await readForm(request, limits).catch(refuseForm)
    : Buffer.isBuffer(body)
      ? { images: [{ bytes: body }] }
      : fromJson((body ?? { images: [] }) as JsonRequest);
  const { length } = uploads.images;
  if (length === 0) throw new Problem(400, 'no-images', 'the request holds no image');
  if (length > limits.images) throw tooManyImages(limits);
  return uploads;
}

function fromJson({ adapter, heatmap, frames, images }: JsonRequest): Uploads {
  return {
    adapter,
    heatmap,
    frames,
    images: images.map((image, i) => ({ adapter: image.adapter, bytes: fromBase64(image.data, i) })),
  };
}

/** Node passes over what is no base64; an image with a hole in it would be the result. */
function fromBase64(text: string, at: number): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (bytes.length === Math.floor(((text.length - padding) * 3) / 4)) return bytes;
  throw new Problem(400, 'bad-base64', `images[${at}].data is not base64`);
}

/** Every file of the form is an image, whatever it is called; the fields `adapter`, `heatmap` and `frames` are settings. */
async function readForm(request: FastifyRequest, limits: UploadLimits): Promise<Uploads> {
  const images: Upload[] = [];
  const fields = new Map<string, string>();
  let size = 0;
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      fields.set(part.fieldname, String(part.value));
      continue;
    }
    if (images.length === limits.images) throw tooManyImages(limits);
    const chunks: Buffer[] = [];
    for await (const chunk of part.file as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limits.body) {
        throw new Problem(413, 'body-too-large', `the images have more than ${limits.body} bytes together`);
      }
      chunks.push(chunk);
    }
    images.push({ bytes: Buffer.concat(chunks) });
  }
  const frames = fields.get('frames');
  if (frames !== undefined && !isFrames(frames)) {
    throw new Problem(400, 'bad-request', `the field frames ${framesRule}`);
  }
  return { adapter: fields.get('adapter'), heatmap: fields.get('heatmap') === 'true', frames, images };
}

/** What parses forms throws bare errors at those that are malformed; others carry a status. */
function refuseForm(error: Error & { statusCode?: number }): never {
  if (error instanceof Problem || error.statusCode !== undefined) throw error;
  throw new Problem(400, 'bad-form', `this is no whole multipart form: ${error.message}`);
}

function tooManyImages({ images }: UploadLimits): Problem {
  return new Problem(413, 'too-many-images', `at most ${images} images are taken in a request`);
}
