import { isJsonObject } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import {
  reasonIfAny,
  reasonOf,
  requiredFlag,
  textFlag,
  usage,
  word,
  type Command,
} from '../command.ts';
import { cell, facts, objects, table, textOf } from '../output.ts';
import { listed } from '../every-of.ts';

const reasonFlag = {
  type: 'string',
  value: 'TEXT',
  help: 'why; it goes on record (required)',
} as const;

export const agentAdd: Command = {
  name: 'agent add',
  summary: 'Registers an agent: its owner, its purpose and what it may use.',
  words: 'NAME',
  flags: {
    owner: { type: 'string', value: 'WHO', help: 'who answers for it (required)' },
    purpose: { type: 'string', value: 'TEXT', help: 'what it is for (required)' },
    manifest: {
      type: 'string',
      value: 'NAME',
      help: 'the manifest of tools it may use (required)',
    },
    environment: { type: 'string', value: 'NAME', help: 'environment (default production)' },
    rate: { type: 'string', value: 'N', help: 'calls per minute' },
    reason: reasonIfAny,
  },
  examples: [
    'bailiwick agent add support --owner maria@example.com --purpose "answers tickets" --manifest support',
  ],
  async run(input) {
    const rate = textFlag(input, 'rate');
    if (rate !== undefined && !/^[1-9]\d{0,6}$/.test(rate)) {
      throw usage(agentAdd, '`--rate` takes a whole number');
    }
    const environment = textFlag(input, 'environment');
    const answer = await input.request('POST', '/v1/documents', {
      kind: 'Agent',
      name: word(agentAdd, input, 0, 'NAME'),
      spec: {
        owner: requiredFlag(agentAdd, input, 'owner'),
        purpose: requiredFlag(agentAdd, input, 'purpose'),
        manifest: requiredFlag(agentAdd, input, 'manifest'),
        ...(environment === undefined ? {} : { environment }),
        ...(rate === undefined ? {} : { rate: { perMinute: Number(rate), burst: Number(rate) } }),
      },
      ...reasonOf(input),
    });
    input.out.print(answer, () => `agent ${cell(answer['name'])} is registered`);
  },
};

export const agentList: Command = {
  name: 'agent list',
  summary: 'Lists agents with their state and enrolled instances.',
  words: '',
  paged: true,
  flags: {},
  examples: ['bailiwick agent list', 'bailiwick agent list -o json'],
  watch: true,
  async run(input) {
    const answer = await listed(input, '/v1/agents', 'agents');
    input.out.print(answer, () =>
      table(
        ['NAME', 'STATE', 'OWNER', 'MANIFEST', 'INSTANCES', 'UNBOUND', 'REVIEW', 'PURPOSE'],
        objects(answer['agents']).map((agent) => [
          cell(agent['name']),
          cell(agent['state']),
          cell(agent['owner']),
          cell(agent['manifest']),
          `${inForce(agent['instances'])}`,
          `${inForce(agent['unbound'])}`,
          reviewText(agent['review']),
          cell(agent['purpose'], 60),
        ]),
      ),
    );
  },
};

function inForce(given: Json | undefined): number {
  return objects(given).filter((one) => one['revokedAt'] === null).length;
}

function reviewText(given: Json | undefined): string {
  if (!isJsonObject(given)) return '';
  const days = Math.ceil((Date.parse(textOf(given['due'])) - Date.now()) / 86_400_000);
  if (given['state'] === 'due') return `due in ${days} d`;
  return given['state'] === 'reads' ? 'overdue: reads only' : 'overdue: suspended';
}

export const agentReview: Command = {
  name: 'agent review',
  summary:
    'Says on record that you have looked at an agent: its owner, its manifest, its instances.',
  words: 'NAME',
  flags: {
    reason: reasonFlag,
    next: { type: 'string', value: 'DATE', help: 'when next, where its document gives a date' },
  },
  examples: ['bailiwick agent review support --reason "quarterly; still needed, manifest fits"'],
  async run(input) {
    const name = word(agentReview, input, 0, 'NAME');
    const reason = requiredFlag(agentReview, input, 'reason');
    const next = textFlag(input, 'next');
    const path = `/v1/agents/${encodeURIComponent(name)}/review`;
    const body = { reason, ...(next === undefined ? {} : { next }) };
    const answer = await input.request('POST', path, body);
    input.out.print(
      answer,
      () => `agent ${cell(answer['agent'])} is reviewed; the next time by ${cell(answer['due'])}`,
    );
  },
};

export const agentToken: Command = {
  name: 'agent token',
  summary: 'Issues a join token (enrols one instance, once), or an unbound bearer with --bearer.',
  words: 'NAME',
  flags: {
    bearer: {
      type: 'boolean',
      help: 'a bearer for clients that cannot prove a key: 15 minutes, read tools only',
    },
    reason: reasonIfAny,
  },
  examples: ['bailiwick agent token support', 'bailiwick agent token support --bearer -o json'],
  async run(input) {
    const name = encodeURIComponent(word(agentToken, input, 0, 'NAME'));
    if (input.flags['bearer'] === true) {
      const answer = await input.request('POST', `/v1/agents/${name}/token`, reasonOf(input));
      input.out.print(answer, () =>
        facts([
          ['bearer', answer['accessToken']],
          ['seconds', answer['expiresIn']],
          ['instance', answer['instance']],
          ['binding', 'none: read-class tools only, and every record says so'],
        ]),
      );
      return;
    }
    const answer = await input.request('POST', `/v1/agents/${name}/join-token`, reasonOf(input));
    input.out.print(answer, () =>
      facts([
        ['join token', answer['joinToken']],
        ['until', answer['expiresAt']],
      ]),
    );
  },
};

function change(verb: 'suspend' | 'resume', summary: string): Command {
  const command: Command = {
    name: `agent ${verb}`,
    summary,
    words: 'NAME',
    flags: { reason: reasonFlag },
    examples: [`bailiwick agent ${verb} support --reason "odd refunds since noon"`],
    async run(input) {
      const name = word(command, input, 0, 'NAME');
      const reason = requiredFlag(command, input, 'reason');
      const path = `/v1/agents/${encodeURIComponent(name)}/${verb}`;
      const answer = await input.request('POST', path, { reason });
      input.out.print(answer, () => `agent ${cell(answer['agent'])} is ${cell(answer['state'])}`);
    },
  };
  return command;
}

export const agentSuspend = change(
  'suspend',
  'Suspends an agent: every next call is refused, on every gateway.',
);
export const agentResume = change('resume', 'Lets a suspended agent act again.');

export const instanceRevoke: Command = {
  name: 'instance revoke',
  summary:
    'Revokes one running copy of an agent, or an unbound bearer, for good; its key can never come back.',
  words: 'INSTANCE',
  flags: { reason: reasonFlag },
  examples: ['bailiwick instance revoke 0199c0de-… --reason "laptop lost"'],
  async run(input) {
    const instance = word(instanceRevoke, input, 0, 'INSTANCE');
    const reason = requiredFlag(instanceRevoke, input, 'reason');
    const path = `/v1/instances/${encodeURIComponent(instance)}/revoke`;
    const answer = await input.request('POST', path, { reason });
    input.out.print(answer, () => `instance ${cell(answer['instance'])} is revoked`);
  },
};
