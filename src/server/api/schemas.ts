/** @file What requests and answers look like, as JSON schemas: they are checked against these and described by them. */

const nullableNumber = { type: ['number', 'null'] } as const;

/** Names that can stand in an address, and mean nothing to a file system. */
export const ADAPTER_NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';

const adapterName = { type: 'string', pattern: ADAPTER_NAME, description: 'name of an adapter' } as const;

const frames = {
  type: 'string',
  pattern: '^(first|middle|all|[1-9][0-9]{0,8})$',
  description:
    'of DICOM files with several frames: first, middle, a number from 1, or all, each then a prediction and counted as an image by the limits; default: as the adapter was trained',
} as const;

export const problemSchema = {
  type: 'object',
  description: 'what was wrong (RFC 9457); programs may match on code',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
  },
} as const;

const problems = (descriptions: Readonly<Record<number, string>>) =>
  Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [
      status,
      { description, content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );

const trustSchema = {
  type: ['object', 'null'],
  description: 'what was measured on images that the adapter was not trained on; null where nothing is known',
  properties: {
    split: { type: 'string' },
    images: { type: 'integer' },
    auc: {
      type: 'object',
      description: 'with its 95 % interval',
      properties: { value: nullableNumber, low: nullableNumber, high: nullableNumber },
    },
    sensitivity: nullableNumber,
    specificity: nullableNumber,
    brier: nullableNumber,
    calibrationError: { ...nullableNumber, description: 'expected calibration error' },
  },
} as const;

export const adapterSchema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    task: { type: 'string', enum: ['binary', 'multi-class', 'multi-label'] },
    classes: { type: 'array', items: { type: 'string' }, description: 'binary: negative, positive' },
    thresholds: {
      type: ['array', 'null'],
      items: { type: 'number' },
      description: 'labels are given at or above these; null: the most probable class',
    },
    height: { type: 'integer' },
    width: { type: 'integer' },
    method: { type: 'string' },
    base: {
      type: 'object',
      properties: { name: { type: 'string' }, sha256: { type: 'string' } },
    },
    bytes: { type: 'integer', description: 'memory that it takes beside its base' },
    trust: trustSchema,
    note: { type: 'string', description: 'how far its probabilities can be trusted, in a sentence' },
  },
} as const;

const predictionSchema = {
  type: 'object',
  properties: {
    image: { type: 'integer', description: 'which image of the request, from 0' },
    frame: { type: 'integer', description: 'which frame of the file, from 1; absent where it has one' },
    frames: { type: 'integer', description: 'how many frames the file has; absent where it has one' },
    adapter: { type: 'string' },
    labels: { type: 'array', items: { type: 'string' } },
    probabilities: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          class: { type: 'string' },
          probability: { type: 'number', description: 'as the network gives it; labels go by this one' },
          calibrated: {
            type: 'number',
            description: 'at the temperature that was fitted on validation; absent where none was',
          },
        },
      },
    },
    heatmap: {
      type: 'object',
      description: 'Grad-CAM over the image as the network saw it',
      properties: {
        class: { type: 'string', description: 'the class that it is about' },
        png: { type: 'string', description: 'base64' },
      },
    },
    problem: { ...problemSchema, description: 'instead of the others, where this image was refused' },
  },
} as const;

/** Bodies by media type. Only JSON is checked against its schema; of the others it is a description. */
const jsonRequestSchema = {
  type: 'object',
  required: ['images'],
  additionalProperties: false,
  properties: {
    adapter: adapterName,
    heatmap: { type: 'boolean' },
    frames,
    images: {
      type: 'array',
      items: {
        type: 'object',
        required: ['data'],
        additionalProperties: false,
        properties: { data: { type: 'string', description: 'base64' }, adapter: adapterName },
      },
    },
  },
} as const;

const formSchema = {
  description: 'every file is an image; the fields adapter, heatmap and frames are as in JSON',
  properties: {
    adapter: { type: 'string' },
    heatmap: { type: 'string' },
    frames,
    images: { format: 'binary' },
  },
} as const;

export const predictionsSchema = {
  operationId: 'predict',
  summary: 'Predict images',
  description:
    'Images as base64 in JSON, as files of a multipart form, or one as the body itself: JPEG, PNG, TIFF, WebP, BMP or DICOM. Images of several adapters may be mixed. Of DICOM files with several frames those are taken that frames says, of other files with several pages the first.',
  body: {
    content: {
      'application/json': { schema: jsonRequestSchema },
      'multipart/form-data': { schema: formSchema },
      'application/octet-stream': { schema: { format: 'binary' } },
    },
  },
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      adapter: {
        ...adapterName,
        description: 'for images that name none; may be left out where there is only one',
      },
      heatmap: { type: 'boolean', default: false, description: 'with a heatmap of each image' },
      frames,
    },
  },
  response: {
    200: {
      description: 'a prediction per image or frame, or why there is none; at least one was made',
      type: 'object',
      properties: {
        predictions: { type: 'array', items: predictionSchema },
        adapters: { type: 'array', items: adapterSchema, description: 'those that were used' },
      },
    },
    ...problems({
      400: 'the request is malformed',
      404: 'there is no such adapter',
      413: 'too many bytes or images',
      422: 'no image could be read; the detail says why the first could not',
      429: 'too many requests of this client; Retry-After says when to come back',
      503: 'too much to do, or it took too long; Retry-After says when to come back',
    }),
  },
} as const;

export const listSchema = {
  operationId: 'listAdapters',
  summary: 'List the adapters',
  response: {
    200: {
      description: 'in the order of their names',
      type: 'object',
      properties: { adapters: { type: 'array', items: adapterSchema } },
    },
  },
} as const;

const named = {
  params: { type: 'object', properties: { name: adapterName }, required: ['name'] },
} as const;

export const getSchema = {
  operationId: 'getAdapter',
  summary: 'Describe an adapter',
  ...named,
  response: {
    200: { description: 'it', ...adapterSchema },
    ...problems({ 404: 'there is no such adapter' }),
  },
} as const;

export const addSchema = {
  operationId: 'addAdapter',
  summary: 'Add an adapter',
  description:
    'The body is an adapter.safetensors as it is. Its base must be one that the server has: one of another adapter, one named with --base, or the built-in network.',
  body: { content: { 'application/octet-stream': { schema: { format: 'binary' } } } },
  ...named,
  response: {
    201: { description: 'it is served from now on', ...adapterSchema },
    ...problems({
      403: 'this server’s adapters are fixed',
      409: 'there is one of this name already',
      413: 'it is too large',
      422: 'it is no adapter, or its base is not known',
      507: 'there are as many adapters or loaded bases as are allowed',
    }),
  },
} as const;

export const removeSchema = {
  operationId: 'removeAdapter',
  summary: 'Remove an adapter',
  description: 'What was accepted before is still answered.',
  ...named,
  response: {
    204: { description: 'it is no longer served', type: 'null' },
    ...problems({ 403: 'this server’s adapters are fixed', 404: 'there is no such adapter' }),
  },
} as const;
