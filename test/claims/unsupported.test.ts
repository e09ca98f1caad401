import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What no text of the product says, each with why. A sentence that denies it is no claim. */
const banned: readonly (readonly [RegExp, string])[] = [
  [/\bTBAC\b/i, 'task-scoped authorization is composed of four parts, and no feature of a vendor'],
  [/universal step-up/i, 'an approval is a workflow, and no token that opens everything'],
  [/\b(?:guarantees?|ensures?|achieves?) (?:\w+ ){0,2}compliance\b/i, 'no compliance is promised'],
  [/\b(?:fully |100 ?% )?compliant with\b/i, 'who complies is for their auditor to say'],
  [/\b(?:un(?:breakable|hackable)|bulletproof|military[- ]grade|tamper-?proof)\b/i, 'nothing is'],
  [/\b(?:saves?|cuts?|reduces?) (?:\w+ ){0,3}(?:costs?|budget|spend)\b/i, 'no cost is promised'],
  [
    /\b(?:in|within) (?:just )?(?:minutes|hours|days) (?:to|you are) (?:complian|certif)/i,
    'no time is',
  ],
  [/\bzero[- ]risk\b|\b100 ?% (?:secure|safe)\b/i, 'nothing is'],
];

/** Texts that people outside read. */
function texts(): readonly { readonly file: string; readonly text: string }[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => !file.includes('/decisions/'));
  return [join(root, 'README.md'), join(root, 'CHANGELOG.md'), ...docs].map((file) => ({
    file: file.slice(root.length),
    text: readFileSync(file, 'utf8'),
  }));
}

function claimsIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const isDenied = /\b(?:no|not|never|nobody|nothing|without)\b/i.test(line);
    if (isDenied) return [];
    return banned.flatMap(([claim, why]) => {
      const found = claim.exec(line)?.[0];
      return found === undefined ? [] : [`${found}: ${why}`];
    });
  });
}

describe('texts of the product', () => {
  it('promise no compliance, no cost, no time and no feature of others by a name of ours [GOV-12]', () => {
    const all = texts();
    expect(all.length).toBeGreaterThan(20);
    const claims = all.flatMap(({ file, text }) => claimsIn(text).map((one) => `${file}: ${one}`));
    expect(claims).toEqual([]);
  });

  it('would be told of each claim that is banned, and of none that they deny', () => {
    const samples = [
      'Bailiwick brings TBAC to agents.',
      'One universal step-up token for all.',
      'It ensures full compliance.',
      'Fully compliant with the AI Act.',
      'A tamper-proof log.',
      'It reduces your audit costs.',
      'Within hours to compliance.',
      'Zero-risk agents, 100 % secure.',
    ];
    expect(samples.filter((one) => claimsIn(one).length === 0)).toEqual([]);
    expect(claimsIn('It is no TBAC feature, and never compliant with anything by itself.')).toEqual(
      [],
    );
  });
});
