import { modernHeaders } from '../test/e2e/wire.ts';
import type { Asked } from './load.ts';

/** What is asked: about 1 KB, and never the same question twice. */
let sequence = 0;

export function toolCall(tool: string): Asked {
  sequence += 1;
  const message = {
    jsonrpc: '2.0',
    id: sequence,
    method: 'tools/call',
    params: {
      name: tool,
      arguments: argumentsOf(sequence),
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  };
  return {
    headers: Object.entries(modernHeaders('tools/call', tool)).flat(),
    body: Buffer.from(JSON.stringify(message)),
  };
}

/** The same call in the revision that the SDK's first version speaks, within a session where there is one. */
export function legacyToolCall(tool: string, session?: string): Asked {
  return legacy('tools/call', { name: tool, arguments: argumentsOf(sequence + 1) }, session);
}

export function greeting(): Asked {
  return legacy('initialize', {
    protocolVersion: legacyRevision,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  });
}

const legacyRevision = '2025-11-25';

function legacy(method: string, params: Record<string, unknown>, session?: string): Asked {
  sequence += 1;
  return {
    headers: [
      'content-type',
      'application/json',
      'accept',
      'application/json, text/event-stream',
      'mcp-protocol-version',
      legacyRevision,
      ...(session === undefined ? [] : ['mcp-session-id', session]),
    ],
    body: Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: sequence, method, params })),
  };
}

export function generation(model: string): Asked {
  sequence += 1;
  return {
    headers: ['content-type', 'application/json'],
    body: Buffer.from(
      JSON.stringify({
        model,
        messages: [
          { role: 'system', content: 'You answer customers of a shop.' },
          { role: 'user', content: `Case ${sequence}: ${'where is my parcel? '.repeat(30)}` },
        ],
        temperature: 0.2,
        max_tokens: 200,
      }),
    ),
  };
}

function argumentsOf(n: number): Record<string, unknown> {
  return {
    customer: `c-${n}`,
    fields: ['name', 'email', 'address'],
    limit: 20,
    note: 'y'.repeat(500),
    nested: { a: 1.5, b: true },
  };
}
