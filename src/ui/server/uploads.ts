/** @file Images that a client sends, kept in a folder of the server's own under names of its own. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../server/http/index.js';
import type { UploadedImage } from './desk-api.js';

/** @returns the images, and a function that removes them */
export async function receiveImages(
  request: FastifyRequest,
  uploads: string,
): Promise<{ images: UploadedImage[]; done: () => Promise<void> }> {
  if (!request.isMultipart()) {
    throw new Problem(415, 'unsupported-media-type', 'images are sent as multipart/form-data');
  }
  const folder = await mkdtemp(path.join(uploads, 'images-'));
  const done = () => rm(folder, { recursive: true, force: true });
  const images: UploadedImage[] = [];
  try {
    for await (const part of request.files()) {
      const file = path.join(folder, `${String(images.length).padStart(4, '0')}.image`);
      await pipeline(part.file, createWriteStream(file));
      images.push({ name: path.basename(part.filename || 'image'), file });
    }
    if (images.length === 0) throw new Problem(422, 'no-images', 'no image was sent');
    return { images, done };
  } catch (error) {
    await done();
    throw error;
  }
}
