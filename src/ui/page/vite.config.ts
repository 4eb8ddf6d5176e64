/** @file How the page becomes the few files that the package ships; nothing is fetched from anywhere when it is open. */
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: '../../../dist/ui/page',
    emptyOutDir: true,
    modulePreload: false,
    // An address of data: is no file of ours.
    assetsInlineLimit: 0,
    license: { fileName: 'licences.json' },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
});
