import { describe, expect, it } from 'vitest';
import type { OverlayEntry } from '#kernel/overlay.ts';
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
