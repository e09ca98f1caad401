import { describe, expect, it } from 'vitest';
import type { Configuration } from '#contracts/plane-part.ts';
import type { OverlayEntry } from '#kernel/overlay.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { createState } from './state.ts';

const stopOf = (agent: string): OverlayEntry => ({
  id: `stop-${agent}`,
  target: { kind: 'agent', tenant: 'main', agent },
  why: 'stop',
  by: 'ann',
  reason: 'test',
  at: 1,
});

const create = () =>
  createState({ standing: createStanding(), stopLeaseMs: 5_000, writer: 'gateway-1' });

function stopped(control: ReturnType<typeof create>): string[] {
  return control.state.overlay.source.entries.map(({ id }) => id).sort();
}

function configuration(number: number): Configuration {
  const of = () => {
    throw new Error('nobody asks here');
  };
  return { number, digest: `d${number}`, snapshot: {} as Snapshot, warnings: [], of };
}

describe('a quarantine that was lifted for a pin', () => {
  const shut = { ...stopOf('tool'), id: 'quarantine', why: 'quarantine' } as const;
  const lift = (control: ReturnType<typeof create>) => {
    control.takeConfiguration(configuration(1));
    control.takeOverlay({ number: 1, entries: [shut, stopOf('worker')] }, 1);
    control.expectConfiguration(2);
    control.takeOverlay({ number: 2, entries: [] }, 2);
  };

  it('stays until the configuration with that pin is in force here; a stop is lifted at once [TOL-10]', () => {
    const control = create();
    lift(control);
    expect(stopped(control)).toEqual(['quarantine']);
    control.takeOverlay({ number: 3, entries: [stopOf('other')] }, 3);
    expect(stopped(control)).toEqual(['quarantine', 'stop-other']);
    control.takeConfiguration(configuration(2));
    expect(stopped(control)).toEqual(['stop-other']);
  });

  it('stays while that one is refused, and ends with the next that is not [TOL-10]', () => {
    const control = create();
    lift(control);
    control.expectConfiguration(3);
    control.takeConfiguration(configuration(2));
    expect(stopped(control)).toEqual(['quarantine']);
    control.takeConfiguration(configuration(3));
    expect(stopped(control)).toEqual([]);
  });

  it('ends at once where nothing newer is on its way', () => {
    const control = create();
    control.expectConfiguration(1);
    control.takeConfiguration(configuration(1));
    control.takeOverlay({ number: 1, entries: [shut] }, 1);
    control.takeOverlay({ number: 2, entries: [] }, 2);
    expect(stopped(control)).toEqual([]);
  });
});

describe('what the data plane knows', () => {
  it('adds up stops of every channel, and each channel takes back only its own [MON-17]', () => {
    const control = create();
    control.takeOverlay({ number: 3, entries: [stopOf('numbered')] }, 1);
    control.takeUrgent([stopOf('urgent')]);
    control.takeLocalStops([stopOf('file')]);
    expect(stopped(control)).toEqual(['stop-file', 'stop-numbered', 'stop-urgent']);
    control.takeUrgent([]);
    expect(stopped(control)).toEqual(['stop-file', 'stop-numbered']);
    control.takeOverlay({ number: 4, entries: [] }, 2);
    control.takeLocalStops([]);
    expect(stopped(control)).toEqual([]);
    expect(control.state.overlay.number).toBe(4);
  });

  it('has an urgent stop in force whatever number comes after it', () => {
    const control = create();
    control.takeUrgent([stopOf('urgent')]);
    control.takeOverlay({ number: 9, entries: [] }, 1);
    control.takeOverlay({ number: 8, entries: [stopOf('older')] }, 2);
    expect(stopped(control)).toEqual(['stop-urgent']);
  });
});
