import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    // Worker threads started by the code under test inherit this, so that they too can run TypeScript.
    execArgv: ['--import', './scripts/register-typescript.mjs'],
  },
});
