import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { clientConfig } from './pool.ts';

describe('a connection to PostgreSQL', () => {
  const config = clientConfig('postgres://someone@127.0.0.1/bailiwick');

  it('waits for nothing longer than the state port does, on either end', () => {
    expect(config.options).toContain(`-c statement_timeout=${limits.statePortTimeoutMs}`);
    expect(config.connectionTimeoutMillis).toBe(limits.statePortTimeoutMs);
    expect(config.query_timeout).toBeGreaterThan(limits.statePortTimeoutMs);
  });

  it('is told that a commit is durable only when it is', () => {
    expect(config.options).toContain('-c synchronous_commit=on');
  });
});
