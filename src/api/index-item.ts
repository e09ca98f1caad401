import type { IndexHealth } from '#planes/query/index.ts';

interface Item {
  readonly item: 'audit index';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** It says how it stands every few seconds, and begins again within one. */
const silentMs = 30_000;
/** What is behind for longer does not come along, or is made anew. */
const behindMs = 30_000;

/** Whether questions about records are answered, and of all records. Calls do not wait for it. */
export function indexItem(health: IndexHealth): Item {
  const item = 'audit index';
  if (health.silentMs > silentMs) {
    const seconds = Math.round(health.silentMs / 1_000);
    return { item, state: 'red', why: `the index of the records says nothing for ${seconds} s` };
  }
  if (health.fault !== undefined) {
    return { item, state: 'red', why: `the index of the records stands still: ${health.fault}` };
  }
  if (health.behindMs > behindMs) {
    const why = `${health.behind} records are not found yet: the index is behind for ${Math.round(health.behindMs / 1_000)} s`;
    return { item, state: 'amber', why };
  }
  return { item, state: 'green', why: 'questions about records are answered' };
}
