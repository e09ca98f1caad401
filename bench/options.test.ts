import { describe, expect, it } from 'vitest';
import { measures } from './measure.ts';
import { help, optionsOf, WrongOption } from './options.ts';
import { rowKinds } from './rows.ts';

describe('what bench is asked', () => {
  it('is everything where nothing is said, and what the goals need when it shall be quick', () => {
    const usual = optionsOf([]);
    const quick = optionsOf(['--quick']);
    expect(usual.only).toEqual([...rowKinds, ...measures].map(({ name }) => name));
    expect(quick.only.length).toBeLessThan(usual.only.length);
    expect(quick.rounds * quick.seconds).toBeLessThan(usual.rounds * usual.seconds);
    for (const name of quick.only) expect(usual.only).toContain(name);
  });

  it('may be any row or measure, each of which the help names', () => {
    for (const name of optionsOf([]).only) {
      expect(optionsOf(['--only', name]).only).toEqual([name]);
      expect(help).toContain(`  ${name} `);
    }
  });

  it('is refused where it cannot be meant', () => {
    const refused = [
      ['--only', 'bare,nope'],
      ['--connections', '0'],
      ['--rounds', 'many'],
      ['--nope'],
    ];
    for (const argv of refused) expect(() => optionsOf(argv)).toThrow(WrongOption);
  });

  it('keeps its own figures over those of a quick run', () => {
    expect(optionsOf(['--quick', '--rounds', '3'])).toMatchObject({ rounds: 3, seconds: 1 });
  });
});
