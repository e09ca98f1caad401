import { requiredFlag, textFlag, word, type Command } from '../command.ts';
import { cell, objects, table } from '../output.ts';
import { openOrNewest } from '../every-of.ts';

export const consentList: Command = {
  name: 'consent list',
  summary: 'Lists what users let clients do for them: as which agent, in which ways, until when.',
  words: '',
  paged: true,
  flags: {
    all: { type: 'boolean', help: 'those that are over too' },
    agent: { type: 'string', value: 'NAME', help: 'of this agent only' },
    client: { type: 'string', value: 'ID', help: 'of this client only' },
  },
  examples: ['bailiwick consent list', 'bailiwick consent list --all --agent coder -o json'],
  watch: true,
  async run(input) {
    const query = new URLSearchParams();
    if (input.flags['all'] === true) query.set('state', 'all');
    for (const name of ['agent', 'client']) {
      const value = textFlag(input, name);
      if (value !== undefined) query.set(name, value);
    }
    const answer = await openOrNewest(input, `/v1/consents?${query.toString()}`, 'consents');
    input.out.print(answer, () =>
      table(
        ['ID', 'USER', 'CLIENT', 'AGENT', 'MAY', 'UNTIL', 'ENDED', 'BY'],
        objects(answer['consents']).map((one) => [
          cell(one['id']),
          cell(one['person']),
          cell(one['clientName']),
          cell(one['agent']),
          cell(one['effects']),
          cell(one['until']),
          cell(one['endedAt']),
          cell(one['endedBy']),
        ]),
      ),
    );
  },
};

export const consentShow: Command = {
  name: 'consent show',
  summary: 'Shows one consent.',
  words: 'ID',
  flags: {},
  examples: ['bailiwick consent show 0199c0de-…'],
  async run(input) {
    const id = encodeURIComponent(word(consentShow, input, 0, 'ID'));
    const answer = await input.request('GET', `/v1/consents/${id}`);
    input.out.print(answer, () =>
      table(
        ['WHAT', 'IS'],
        Object.entries(answer).map(([name, value]) => [name, cell(value)]),
      ),
    );
  },
};

export const consentNarrow: Command = {
  name: 'consent narrow',
  summary: 'Leaves less of a consent; what stands on it ends, and begins again with what is left.',
  words: 'ID',
  flags: {
    effects: { type: 'string', value: 'LIST', help: 'what is left, such as `read` (required)' },
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
  },
  examples: ['bailiwick consent narrow 0199c0de-… --effects read --reason "it only looks"'],
  async run(input) {
    const id = encodeURIComponent(word(consentNarrow, input, 0, 'ID'));
    const effects = requiredFlag(consentNarrow, input, 'effects').split(',');
    const reason = requiredFlag(consentNarrow, input, 'reason');
    const answer = await input.request('POST', `/v1/consents/${id}/narrow`, { effects, reason });
    input.out.print(answer, () => `left of it: ${cell(answer['effects'])}`);
  },
};

export const consentWithdraw: Command = {
  name: 'consent withdraw',
  summary: 'Withdraws a consent: what stands on it is refused everywhere within a second.',
  words: 'ID',
  flags: {
    reason: { type: 'string', value: 'TEXT', help: 'why; it goes on record (required)' },
  },
  examples: ['bailiwick consent withdraw 0199c0de-… --reason "the laptop was lost"'],
  async run(input) {
    const id = encodeURIComponent(word(consentWithdraw, input, 0, 'ID'));
    const reason = requiredFlag(consentWithdraw, input, 'reason');
    const answer = await input.request('POST', `/v1/consents/${id}/withdraw`, { reason });
    input.out.print(
      answer,
      () => `\`${cell(answer['clientName'])}\` acts for ${cell(answer['person'])} no more`,
    );
  },
};
