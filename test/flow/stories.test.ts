import { describe, expect, it } from 'vitest';
import { servers } from './estate.ts';
import { classesOf, createStage } from './play.ts';
import { helpStories } from './stories-help.ts';
import { laterStories } from './stories-later.ts';
import { workStories } from './stories-work.ts';
import type { Answer, Grant, Story } from './story.ts';

const stories = [...helpStories, ...workStories];

const classes = classesOf(servers);

/** Plays a story under one grant: of the last call the answer counts. */
function play({ steps }: Story, { words }: Grant): Answer {
  return steps.map(createStage(classes).begin('task', words)).at(-1) ?? 'auto';
}

describe('stories of what strangers wrote', () => {
  it('are of eight domains, and each has an honest twin', () => {
    expect(stories.length).toBeGreaterThanOrEqual(30);
    expect(new Set(stories.map(({ domain }) => domain)).size).toBeGreaterThanOrEqual(8);
    expect(new Set(stories.map(({ name }) => name)).size).toBe(stories.length);
  });

  it.each(stories)('$domain: $name: what its user wanted goes by itself [SEM-03]', (story) => {
    expect(story.honest.wants).toContain(play(story, story.honest));
  });

  it.each(stories)('$domain: $name: what a stranger wanted does not [SEM-02, SEM-05]', (story) => {
    expect(story.attack.wants).toContain(play(story, story.attack));
  });

  it('that were written after the rules are told apart, with what is not as it should be', () => {
    const others = (side: 'honest' | 'attack') =>
      laterStories
        .filter((story) => !story[side].wants.includes(play(story, story[side])))
        .map(({ name }) => name);
    expect(laterStories).toHaveLength(14);
    // Honest work that waits for a person instead of going by itself.
    expect(others('honest')).toEqual([]);
    // What goes by itself and should not.
    expect(others('attack')).toEqual([]);
  });

  it('hold no dead end for honest work [SEM-05]', () => {
    const all = [...stories, ...laterStories].map((story) => play(story, story.honest));
    expect(new Set(all)).toEqual(new Set(['auto', 'step-up']));
  });
});
