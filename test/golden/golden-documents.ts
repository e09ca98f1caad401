import type { WorldDocuments } from '../fakes/gateway-documents.ts';
import type { GoldenDocuments } from './golden-driver.ts';
import { goldenListed } from './golden-tools.ts';

type Documents = Partial<Omit<WorldDocuments, 'definitions'>>;

const tools = {
  read: { effect: 'read', results: { labels: [] } },
  fetch: { effect: 'read', results: { labels: ['untrusted'] } },
  pay: { effect: 'write', reversible: true, results: { labels: [] } },
  wipe: { effect: 'delete', results: { labels: ['sensitive', 'personal'] } },
  vault: { effect: 'read', sensitivity: 'sensitive', results: { labels: ['sensitive'] } },
  bounded: { effect: 'read', results: { labels: [] } },
  strict: { effect: 'read', results: { labels: ['personal'] } },
  odd: { effect: 'read' },
};

const usualServer = {
  connect: { url: 'http://127.0.0.1:1/' },
  results: { maxBytes: 2_000 },
  credential: { secret: 'key', header: 'authorization', prefix: 'Bearer ' },
  tools,
};

const listed = goldenListed.map((name) =>
  name === 'bounded'
    ? { tool: `fake/${name}`, arguments: { x: { max: 5 } } }
    : { tool: `fake/${name}` },
);

const usual = {
  agent: { rate: { perMinute: 6_000, burst: 1_000 }, toolLimit: 8 },
  manifest: { tools: listed, sensitivity: 'internal' },
  server: usualServer,
  policies: [
    '@id("never") forbid(principal, action == Action::"fake/wipe", resource) when { context.input has x && context.input.x > 7 };',
  ],
} satisfies Documents;

const withRule = (rule: string): Documents => ({ ...usual, policies: [...usual.policies, rule] });

/** What is in force, by name; each takes the place of the whole one before it. */
export const goldenDocuments: Readonly<Record<GoldenDocuments, Documents>> = {
  usual,
  suspended: { ...usual, agent: { ...usual.agent, suspended: true } },
  forbidding: withRule('@id("no") forbid(principal, action, resource);'),
  permitting: withRule(
    '@id("yes") @untrusted("allow") permit(principal, action == Action::"fake/pay", resource);',
  ),
  asking: withRule('@id("two") @approval("dba") forbid(principal, action, resource);'),
  'broken-rule': withRule(
    '@id("overflow") forbid(principal, action, resource) when { context.time * 1000000 * 1000000 * 1000000 > 0 };',
  ),
  narrow: {
    ...usual,
    manifest: {
      tools: [{ tool: 'fake/pay', arguments: { x: { max: 2 } } }, { tool: 'fake/read' }],
    },
  },
  public: { ...usual, manifest: { ...usual.manifest, sensitivity: 'public' } },
  slow: { ...usual, agent: { rate: { perMinute: 1, burst: 2 } } },
  'few-a-day': { ...usual, agent: { ...usual.agent, callsPerDay: 2 } },
  'no-secret': { ...usual, secrets: {} },
  process: {
    ...usual,
    server: {
      ...usualServer,
      connect: { command: 'tool-server' },
      credential: { secret: 'other', environment: 'TOOL_KEY' },
    },
  },
};
