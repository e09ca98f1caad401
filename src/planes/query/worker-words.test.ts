import { describe, expect, it } from 'vitest';
import { queriesOver } from './worker-words.ts';

describe('a question that crosses to the thread of the index', () => {
  it('takes with it whether whoever asked still waits, where it may take long', async () => {
    const gone = new AbortController();
    const asked: unknown[] = [];
    const queries = queriesOver(async (method, _about, signal) => {
      asked.push([method, signal]);
      return {};
    });
    await queries.timeline('main', 'task-1', gone.signal);
    await queries.check('main', gone.signal);
    expect(asked).toEqual([
      ['timeline', gone.signal],
      ['check', gone.signal],
    ]);
  });
});
