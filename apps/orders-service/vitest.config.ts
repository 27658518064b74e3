import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['@ticketing/testing/vitest-postgres', '@ticketing/testing/vitest-redis'],
    testTimeout: 20_000,
  },
});
