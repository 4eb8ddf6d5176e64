/** @file How the page and its engine become static files: any host that serves files will do, and nothing else is asked. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vite';

const root = path.resolve(import.meta.dirname, '../../..');
const petri = readFileSync(path.join(root, 'assets/petri.safetensors'));
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  assetsInclude: ['**/*.safetensors'],
  define: {
    PETRI_SHA256: JSON.stringify(createHash('sha256').update(petri).digest('hex')),
    TRANSFUSE_VERSION: JSON.stringify(version),
  },
  build: {
    outDir: path.join(root, 'dist/browser'),
    emptyOutDir: true,
    modulePreload: false,
    // An address of data: is no file of ours.
    assetsInlineLimit: 0,
    // The files of the engine are large, and known to be.
    chunkSizeWarningLimit: 2000,
    license: { fileName: 'licences.json' },
    // How long the build took is no warning.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  worker: { format: 'es', rolldownOptions: { checks: { bundlerTimings: false } } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
