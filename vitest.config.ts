import process from 'node:process'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'core/**/*.test.ts',
      'plugins/**/*.test.ts',
      'sdk/**/*.test.ts',
      'test/**/*.test.ts',
      'examples/**/*.test.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 40_000,
    // On a shared machine somebody else may take a port between its being found free and its use.
    retry: process.env.CI === undefined ? 0 : 2,
  },
})
