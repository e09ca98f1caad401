import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { createChanges } from './changes.ts';

function hearing() {
  const told: string[] = [];
  const unwatched: string[] = [];
  const wanted = new Set<string>();
  const time = { now: 0 };
  const changes = createChanges({
    events: {
      listChanged: () => void told.push('tools'),
      offersChanged: (kind) => void told.push(kind),
      resourceUpdated: (uri) => void told.push(uri),
      isWatched: (uri) => wanted.has(uri),
      lateAnswer: () => undefined,
    },
    unwatch: (uri) => void unwatched.push(uri),
    monotonic: () => time.now,
  });
  const say = (method: string, params: JsonObject = {}) =>
    changes.hear({ kind: 'notification', method: `notifications/${method}`, params });
  /** Long enough that who asked has been told yes or no. */
  const wait = () => void (time.now += 60_000);
  return { told, unwatched, wanted, changes, say, wait };
}

describe('what a server says of its lists and resources', () => {
  it('is told on, of each list by itself, and what is something else is not taken', () => {
    const { told, say, changes } = hearing();
    expect(say('tools/list_changed')).toBe(true);
    expect(say('resources/list_changed')).toBe(true);
    expect(say('prompts/list_changed')).toBe(true);
    expect(say('message')).toBe(false);
    expect(told).toEqual(['tools', 'resource', 'prompt']);
    // At most once a second each, whatever it says.
    expect(say('prompts/list_changed')).toBe(true);
    expect(told).toHaveLength(3);
    changes.stop();
  });

  it('is told of a resource that somebody watches, and of no other; what nobody wants is let go', () => {
    const { told, say, wanted, unwatched, changes, wait } = hearing();
    wanted.add('file:///a');
    changes.watch('file:///a');
    changes.watch('file:///b');
    wait();
    for (const uri of ['file:///a', 'file:///b', 'file:///c', 7]) say('resources/updated', { uri });
    expect(told).toEqual(['file:///a']);
    expect(unwatched).toEqual(['file:///b']);
    expect(changes.watched).toEqual(['file:///a']);
    expect(changes.isWatching()).toBe(true);
    wanted.clear();
    expect(changes.isWatching()).toBe(false);
    changes.stop();
  });

  it('is heard of although its server speaks before whoever asked is told yes', () => {
    const { say, wanted, unwatched, changes, wait } = hearing();
    changes.watch('file:///a');
    say('resources/updated', { uri: 'file:///a' });
    expect(unwatched).toEqual([]);
    wanted.add('file:///a');
    wait();
    expect(changes.isWatching()).toBe(true);
    expect(changes.watched).toEqual(['file:///a']);
    changes.stop();
  });

  it('is bounded, and what nobody wants any more makes room (watchedResourcesPerServer)', () => {
    const { wanted, unwatched, changes, wait } = hearing();
    const most = limits.watchedResourcesPerServer;
    for (let at = 0; at < most; at += 1) {
      wanted.add(`file:///${at}`);
      expect(changes.watch(`file:///${at}`)).toBe(true);
    }
    expect(changes.watch('file:///more')).toBe(false);
    expect(changes.watch('file:///0')).toBe(true);
    wanted.delete('file:///7');
    // Whoever asked for it may be about to be told yes.
    expect(changes.watch('file:///more')).toBe(false);
    wait();
    expect(changes.watch('file:///more')).toBe(true);
    expect(unwatched).toEqual(['file:///7']);
    changes.stop();
  });
});
