import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { apiVariables, commonVariables, readConfig } from '../src/config.ts';

const schema = z.object({ ...commonVariables(3001), ...apiVariables() });
const right = { DATABASE_URL: 'postgresql://role:hush@db/app', JWT_SECRET: 'x'.repeat(32) };

describe('configuration', () => {
  test('has defaults for what may be left out, and takes empty strings for unset', () => {
    const config = readConfig(schema, { ...right, PORT: '', CORS_ORIGINS: 'https://a.example, https://b.example' });
    expect(config).toMatchObject({ PORT: 3001, METRICS_PORT: 9001, TRUSTED_PROXIES: false });
    expect(config.CORS_ORIGINS).toEqual(['https://a.example', 'https://b.example']);
  });

  test('that is wrong is told in one message that lists every fault and no secret', () => {
    const read = () =>
      readConfig(schema, {
        JWT_SECRET: 'short-secret',
        PORT: 'eighty',
        DATABASE_URL: 'mysql://root:hush@db',
        LOG_LEVEL: 'loud',
      });
    expect.assertions(5);
    try {
      read();
    } catch (error) {
      const { message } = error as Error;
      for (const variable of ['JWT_SECRET', 'PORT', 'DATABASE_URL', 'LOG_LEVEL']) expect(message).toContain(variable);
      expect(message).not.toMatch(/short-secret|hush/);
    }
  });

  test('that is missing is named', () => {
    expect(() => readConfig(schema, {})).toThrow(/DATABASE_URL: is not set\n.*JWT_SECRET: is not set/);
  });
});
