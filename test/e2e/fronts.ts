import { modernBody, modernHeaders } from './wire.ts';

/** One front of the running product: a `POST` of it that is well formed. */
export interface FrontAtWork {
  readonly name: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: () => string;
  /** How its answers say what to do about a refusal. */
  readonly advice: RegExp;
}

/** An agent for all of them, what it asks, and the one model of `providerUrl`. */
export function frontsEstate(providerUrl: string): string {
  return `
---
kind: Agent
name: everywhere
spec: { owner: ada@example.com, purpose: asks at every front, manifest: everywhere, rate: { perMinute: 600000, burst: 100000 } }
---
kind: Manifest
name: everywhere
spec:
  tools: [ { tool: fake/echo }, { tool: fake/add } ]
  targets: [ model:models/fake-echo ]
---
kind: Model
name: models
spec:
  connect: { url: '${providerUrl}' }
  results: { labels: [] }
  models: { fake-echo: {} }
`;
}

/** Every front is asked the same hostile things over the wire: one line for each new one. */
export const fronts: readonly FrontAtWork[] = [
  {
    name: 'mcp',
    path: '/mcp',
    headers: modernHeaders('tools/list'),
    body: () => JSON.stringify(modernBody('tools/list')),
    advice: /"suggestedAction":"[^"]+"/,
  },
  {
    name: 'llm',
    path: '/llm/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: () =>
      JSON.stringify({
        model: 'models/fake-echo',
        messages: [{ role: 'user', content: 'hello' }],
      }),
    advice: /"suggested_action":"[^"]+"/,
  },
];
