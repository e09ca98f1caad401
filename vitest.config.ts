import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'sdk/**/*.test.ts',
      'test/**/*.test.ts',
      'examples/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    // Only what hangs waits so long: a machine with other work is ten times slower, and nothing is wrong with it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One more than cores: a third of the time of what runs whole programs is waiting.
    maxWorkers: 3,
    execArgv: ['--no-turbo-inline-js-wasm-calls'],
  },
});
