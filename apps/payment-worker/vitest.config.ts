import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: [
      '@ticketing/testing/vitest-postgres',
      '@ticketing/testing/vitest-kafka',
      '@ticketing/testing/vitest-redis',
    ],
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
});
