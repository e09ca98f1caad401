import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { recordsTable } from './records-table.ts';

const rowOf = (record: JsonObject): string =>
  recordsTable([
    { record: { id: 'r', time: 't', actors: [{ name: 'sub-1', person: 'ann@corp' }], ...record } },
  ])
    .split('\n')[1]
    ?.replace(/ {2,}/g, ' | ') ?? '';

describe('a record on one line', () => {
  it('says what an act of a person was about, and who by the name that people know', () => {
    expect(rowOf({ type: 'approval.approved', target: { target: 'tool:billing/refund' } })).toMatch(
      /approval\.approved \| ann@corp \| tool:billing\/refund/,
    );
    expect(rowOf({ type: 'tool.approved', details: { server: 'crm', tool: 'look' } })).toContain(
      'crm/look',
    );
    expect(
      rowOf({ type: 'credential.stored', details: { secret: 'crm-key', reason: 'x' } }),
    ).toContain('crm-key');
    expect(rowOf({ type: 'stop.set', details: {} })).toMatch(/ann@corp \| -/);
    for (const act of ['stopped', 'released']) {
      const details = { [act]: 'agent support', reason: 'x' };
      expect(rowOf({ type: 'stop.set', details })).toMatch(/ann@corp \| agent support/);
    }
  });

  it('says what was read: the question, or the place', () => {
    const read = (details: JsonObject) => rowOf({ type: 'log.read', method: 'GET', details });
    const path = '/v1/audit/records';
    expect(read({ path, query: { q: 'agent:support since:7d' } })).toContain(
      '| agent:support since:7d',
    );
    expect(read({ path, query: { view: 'stops', q: '' } })).toContain('| --view stops');
    expect(read({ path, query: {} })).toContain('| everything');
    expect(read({ path: '/v1/records/r-7' })).toContain('| /v1/records/r-7');
    expect(rowOf({ type: 'log.revealed', details: { record: 'r-7' } })).toContain('| r-7');
  });

  it('never tells what a gate refused as something that policy allowed', () => {
    const decision = { effect: 'allow', rules: ['all'] };
    const refusal = { code: 'standing/task-amount' };
    expect(rowOf({ type: 'gateway.refused', decision, refusal })).toMatch(
      / deny \| standing\/task-amount/,
    );
    expect(rowOf({ type: 'policy.intent', decision })).toMatch(/ allow \| /);
  });
});
