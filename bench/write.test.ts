import { describe, expect, it } from 'vitest';
import { betweenMarks } from './write.ts';

describe('the page of the bench', () => {
  it('keeps what people wrote around the part that is written for them', () => {
    const first = betweenMarks('# Bench\n\nWhy.\n', 'old');
    const again = betweenMarks(`${first}\n## Before\n`, 'new');
    expect(again).toContain('# Bench\n\nWhy.');
    expect(again).toContain('## Before');
    expect(again).toContain('new');
    expect(again).not.toContain('old');
  });

  it('is begun where there is none', () => {
    expect(betweenMarks('', 'text').split('\n')).toHaveLength(4);
  });
});
