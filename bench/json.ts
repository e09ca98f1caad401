import { parseArgs } from 'node:util';
import { canonicalBytes, canonicalText, parseJson } from '../src/kernel/json/index.ts';

/**
 * The strict parser beside `JSON.parse`, which may not read bytes from outside, and the canonical
 * bytes beside `JSON.stringify`, which is not canonical.
 *
 *     node bench/json.ts [-o json]
 */
const { values } = parseArgs({
  options: { output: { type: 'string', short: 'o', default: 'text' } },
});

function toolCall(notes: string, items: number): Buffer {
  const lines = Array.from({ length: items }, (_, at) => ({
    sku: `A-${1000 + at}`,
    quantity: (at % 7) + 1,
    price: 12.5 + at,
    note: `line "${at}" of the order`,
    taxed: at % 2 === 0,
  }));
  const message = {
    jsonrpc: '2.0',
    id: 4711,
    method: 'tools/call',
    params: {
      name: 'billing.refund',
      arguments: {
        customer: 'C-20931',
        amount: 129.5,
        currency: 'EUR',
        notes,
        lines,
        urgent: false,
      },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'support-agent', version: '1.4.2' },
        'io.modelcontextprotocol/clientCapabilities': {},
        progressToken: null,
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    },
  };
  return Buffer.from(JSON.stringify(message));
}

function microseconds(work: () => unknown, iterations: number): number {
  const turns: number[] = [];
  for (let turn = 0; turn < 9; turn += 1) {
    const start = performance.now();
    for (let at = 0; at < iterations; at += 1) work();
    turns.push(((performance.now() - start) * 1000) / iterations);
  }
  turns.sort((a, b) => a - b);
  return Number((turns[4] ?? Number.NaN).toFixed(2));
}

const prose = 'The customer says the parcel came late and the box was open; refund the shipping. ';
const inputs = {
  '1 KB': { bytes: toolCall(prose.repeat(2), 4), iterations: 12_000 },
  '1 KB, not ASCII': { bytes: toolCall(`${prose}Grüße, 東京 🙂 `, 4), iterations: 12_000 },
  '64 KB': { bytes: toolCall(prose.repeat(120), 640), iterations: 150 },
};

const table: Record<string, Record<string, number>> = {};
for (const [name, { bytes, iterations }] of Object.entries(inputs)) {
  const value = parseJson(bytes);
  const floor = microseconds(() => JSON.parse(bytes.toString()) as unknown, iterations);
  const parse = microseconds(() => parseJson(bytes), iterations);
  table[name] = {
    bytes: bytes.length,
    'JSON.parse µs': floor,
    'parseJson µs': parse,
    ratio: Number((parse / floor).toFixed(2)),
    'JSON.stringify µs': microseconds(() => Buffer.from(JSON.stringify(value)), iterations),
    'canonicalBytes µs': microseconds(() => canonicalBytes(value), iterations),
    'canonicalText µs': microseconds(() => canonicalText(value), iterations),
  };
}
if (values.output === 'json') console.log(JSON.stringify({ bench: 'json', ...table }));
else console.table(table);
