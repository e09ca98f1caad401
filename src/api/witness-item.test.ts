import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { WitnessHealth } from '#planes/audit/index.ts';
import { witnessItem } from './witness-item.ts';

const log = {
  tenant: 'main',
  origin: 'x/main/standard/a',
  size: 300,
  witnessedTo: 300,
  unwitnessedMs: 0,
};
const healthOf = (change: Partial<WitnessHealth> = {}): WitnessHealth => ({
  witnesses: ['w1'],
  logs: [log],
  contradictions: [],
  faults: [],
  problems: [],
  sinceLookMs: 0,
  ...change,
});
const item = (health: WitnessHealth, isSystem = true) => witnessItem(health, 'main', isSystem);

describe('what the status says of witnesses', () => {
  it('is red without any, amber before the first look, green to where all is witnessed', () => {
    expect(item(healthOf({ witnesses: [] }))).toMatchObject({ state: 'red' });
    expect(item(healthOf({ logs: [] }))).toMatchObject({ state: 'amber' });
    expect(item(healthOf())).toEqual({
      item: 'witness',
      state: 'green',
      why: 'witnessed by w1: x/main/standard/a to 300',
    });
  });

  it('says since when a log is unwitnessed, red once it is longer than witnessLagMs', () => {
    const behind = (unwitnessedMs: number) =>
      healthOf({
        logs: [log, { ...log, size: 320, unwitnessedMs }],
        problems: ['w1: away'],
      });
    expect(item(behind(limits.witnessLagMs))).toMatchObject({ state: 'green' });
    expect(item(behind(limits.witnessLagMs + 1))).toEqual({
      item: 'witness',
      state: 'red',
      why: 'unwitnessed since 300 of `x/main/standard/a`, for 60 s; w1: away',
    });
  });

  it('is red over a contradiction, which a tenant learns of its own logs only', () => {
    const of = (origin: string) =>
      healthOf({ contradictions: [`w1 remembers 300 records of \`${origin}\`, which has 200`] });
    expect(item(of(log.origin), false)).toMatchObject({ state: 'red' });
    expect(item(of('x/other/standard/a'), false)).toMatchObject({ state: 'green' });
    expect(item(of('x/other/standard/a'))).toMatchObject({ state: 'red' });
  });

  it('is red over what is wrong here, and once no round has ended for longer than witnessLagMs', () => {
    const missing = { tenant: 'main', why: '`x/main/standard/a` is shown to no witness any more' };
    expect(item(healthOf({ faults: [missing] }))).toMatchObject({
      state: 'red',
      why: missing.why,
    });
    expect(item(healthOf({ faults: [{ ...missing, tenant: 'other' }] }), false)).toMatchObject({
      state: 'green',
    });
    expect(item(healthOf({ sinceLookMs: limits.witnessLagMs }))).toMatchObject({ state: 'green' });
    expect(item(healthOf({ sinceLookMs: limits.witnessLagMs + 1 }))).toMatchObject({
      state: 'red',
    });
  });
});
