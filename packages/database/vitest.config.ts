import { defineConfig } from 'vitest/config';

// Runs on a Postgres, as with `@ticketing/testing/vitest-postgres`, which cannot be named here, since that package needs
// this one: `npm test` reads the name in this comment, and gives the server by TEST_POSTGRES_URL.
export default defineConfig({ test: { include: ['test/**/*.test.ts'], testTimeout: 20_000 } });
