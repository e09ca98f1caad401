import { type Command, requiredFlag, textFlag, usage, word } from '../command.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { cell, objects, table } from '../output.ts';
import { listed } from '../every-of.ts';

export const auditHoldAdd: Command = {
  name: 'audit hold add',
  summary:
    'Asks for a legal hold: nothing of a subject, or nothing since a time, is erased or pruned. It holds at once, for 7 days; another person agrees, and then until it is released.',
  words: '',
  flags: {
    subject: { type: 'string', value: 'NAME', help: 'a person or agent, as records name them' },
    since: { type: 'string', value: 'TIME', help: 'everything since then (RFC 3339)' },
    matter: { type: 'string', value: 'TEXT', help: 'what for; it goes on record (required)' },
    force: {
      type: 'boolean',
      help: 'also of a name that is not known here yet: what may come of them is held beforehand',
    },
  },
  examples: [
    'bailiwick audit hold add --subject ann@corp --matter "Doe v. Corp, 2026-117"',
    'bailiwick audit hold add --subject new@corp --matter "inquiry 9" --force',
    'bailiwick audit hold add --since 2026-11-01T00:00:00Z --matter "inquiry 9"',
  ],
  async run(input) {
    const matter = requiredFlag(auditHoldAdd, input, 'matter');
    const [subject, since] = [textFlag(input, 'subject'), textFlag(input, 'since')];
    const scope = { ...(subject === undefined ? {} : { subject }), ...(since && { since }) };
    if (Object.keys(scope).length !== 1) {
      throw usage(auditHoldAdd, 'give one of `--subject` and `--since`');
    }
    const force = input.flags['force'] === true ? { force: true } : {};
    const answer = await input.request('POST', '/v1/holds', { ...scope, matter, ...force });
    input.out.print(answer, () => waitingText(answer));
  },
};

export const auditHoldRelease: Command = {
  name: 'audit hold release',
  summary: 'Asks to release a legal hold; it holds until another person agrees.',
  words: 'HOLD',
  flags: { reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' } },
  examples: ['bailiwick audit hold release 0199c0de-… --reason "settled"'],
  async run(input) {
    const hold = encodeURIComponent(word(auditHoldRelease, input, 0, 'HOLD'));
    const reason = requiredFlag(auditHoldRelease, input, 'reason');
    const answer = await input.request('POST', `/v1/holds/${hold}/release`, { reason });
    input.out.print(answer, () => waitingText(answer));
  },
};

export const auditHoldMend: Command = {
  name: 'audit hold mend',
  summary:
    'The store says other holds than are kept beside the keys (`audit/holds-differ`): from then on both keep what either kept. What differed goes on record; release what should not hold after that.',
  words: '',
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'what was found; it goes on record (required)' },
  },
  examples: ['bailiwick audit hold mend --reason "store put back from the backup of Monday"'],
  async run(input) {
    const reason = requiredFlag(auditHoldMend, input, 'reason');
    const answer = await input.request('POST', '/v1/holds/mend', { reason });
    const differed = objects(answer['differed']);
    input.out.print(answer, () =>
      differed.length === 0 ? 'nothing differs' : differed.map(differenceText).join('\n'),
    );
  },
};

export const auditAgree: Command = {
  name: 'audit agree',
  summary:
    'Agrees to what another person asked for: a hold, its release, or to erase all that is sealed of the tenant.',
  words: 'ID',
  flags: {},
  examples: ['bailiwick audit agree 0199c0de-…'],
  async run(input) {
    const id = encodeURIComponent(word(auditAgree, input, 0, 'ID'));
    const answer = await input.request('POST', `/v1/agreements/${id}/agree`, {});
    const { did, hold, record } = answer;
    input.out.print(answer, () =>
      did === 'erased'
        ? `the key of the tenant is destroyed; the record is ${cell(record)}`
        : `the hold ${cell(hold)} is ${cell(did)}`,
    );
  },
};

export const auditHoldList: Command = {
  name: 'audit hold list',
  summary: 'Lists legal holds, and what waits for another person to agree.',
  words: '',
  paged: true,
  flags: {},
  lines: true,
  examples: ['bailiwick audit hold list'],
  async run(input) {
    const answer = await listed(input, '/v1/holds', 'holds');
    const [holds, waiting] = [objects(answer['holds']), objects(answer['waiting'])];
    const differ = objects(answer['differ']);
    input.out.print(
      answer,
      () => [holdTable(holds), ...waiting.map(askText), ...differ.map(differenceText)].join('\n'),
      () => holds,
    );
  },
};

const differing: Readonly<Record<string, string>> = {
  gone: 'is kept beside the keys, and the store has lost it',
  changed: 'is another in the store than is kept beside the keys',
  unknown: 'is in the store, and nothing beside the keys knows of it',
};

function differenceText({ what, id, why }: JsonObject): string {
  const told = typeof why === 'string' ? differing[why] : undefined;
  return `DIFFERS: the ${cell(what)} ${cell(id)} ${told ?? cell(why)}`;
}

function holdTable(holds: readonly JsonObject[]): string {
  return table(
    ['HOLD', 'STATE', 'WHAT', 'MATTER', 'ASKED BY', 'AGREED BY', 'RELEASED BY'],
    holds.map((one) => [
      cell(one['id']),
      cell(one['state']),
      one['subject'] === null ? `since ${cell(one['since'])}` : cell(one['subject']),
      cell(one['matter']),
      cell(one['askedBy']),
      cell(one['heldBy']),
      cell(one['releasedBy']),
    ]),
  );
}

function actText(act: Json | undefined): string {
  const { kind, hold, origin } = isJsonObject(act ?? null) ? (act as JsonObject) : {};
  const about = hold ?? origin;
  return about === undefined ? cell(kind) : `${cell(kind)} ${cell(about, 200)}`;
}

/** By the verb that the other person types. */
function agreeing(act: Json | undefined, id: Json | undefined): string {
  const { kind, origin } = isJsonObject(act ?? null) ? (act as JsonObject) : {};
  return kind === 'accept-missing'
    ? `\`bailiwick audit accept-missing ${cell(origin, 200)} --reason …\``
    : `\`bailiwick audit agree ${cell(id)}\``;
}

function askText({ id, act, askedBy, until }: JsonObject): string {
  return `waits for another person until ${cell(until)}: ${actText(act)}, asked by ${cell(askedBy)}; ${agreeing(act, id)}`;
}

export function waitingText({ id, until }: JsonObject): string {
  return `asked; another person agrees until ${cell(until)}: \`bailiwick audit agree ${cell(id)}\``;
}
