import { expect } from 'vitest';
import { type Lived, stepNames } from './scenario.ts';

/** What every client must see: a refusal that the model reads, and a session that lives on. */
export function expectGoodLife({ steps }: Lived): void {
  const seen = Object.fromEntries(steps.map(({ name, as, text }) => [name, { as, text }]));
  expect(Object.keys(seen)).toEqual([...stepNames]);
  expect(steps.filter(({ goesOn }) => !goesOn)).toEqual([]);
  expect(seen['call']).toEqual({ as: 'result', text: '{"text":"hello"}' });
  expect(seen['refused by policy']).toMatchObject({ as: 'tool error' });
  expect(seen['refused by policy']?.text).toContain('policy/denied');
  expect(seen['held']).toMatchObject({ as: 'tool error' });
  expect(seen['held']?.text).toContain('approvals/pending');
  expect(seen['repeated after a yes']).toMatchObject({ as: 'result' });
  expect(seen['repeated after a yes']?.text).toMatch(/^paid 7 to /);
  expect(seen['unknown tool']?.as).not.toBe('exception');
  if (seen['too often']?.as === 'not tried') {
    // It greets before each call: the stop refuses it there, and it says the message alone.
    expect(seen['stopped']).toEqual({ as: 'exception', text: 'a stop is in force' });
    return;
  }
  expect(seen['stopped']).toMatchObject({ as: 'tool error' });
  expect(seen['stopped']?.text).toContain('stop/active');
  expect(seen['too often']).toMatchObject({ as: 'tool error' });
  expect(seen['too often']?.text).toContain('standing/rate');
}
