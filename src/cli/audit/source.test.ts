import { expect, it } from 'vitest';
import { createOutput } from '../output.ts';
import { auditSource, sourcesOf } from './source.ts';

const id = '0199c0de-0000-7000-8000-000000000000';
const record = {
  id,
  type: 'gateway.held',
  task: 'task-1',
  call: 'call-3',
  time: '2026-11-27T08:00:03.000Z',
  labels: { in: ['integrity:untrusted'], out: [] },
};
const values = [
  {
    argument: 'to',
    standing: 'doubted',
    from: 'desk/ticket',
    call: 'call-1',
    at: '/text',
    approval: null,
  },
  { argument: 'amount', standing: 'proved', from: null, call: null, at: null, approval: null },
];
const flow = {
  steps: [
    { call: 'call-2', values: [] },
    { call: 'call-3', values },
  ],
  sources: [
    { call: 'call-1', at: '2026-11-27T08:00:01.000Z', target: 'desk/ticket' },
    { call: 'call-4', at: '2026-11-27T08:00:04.000Z', target: 'desk/later' },
  ],
  cut: false,
};

async function printed(of: typeof record | { readonly id: string }): Promise<string> {
  let text = '';
  await auditSource.run({
    words: [id],
    flags: {},
    out: createOutput('table', (more) => (text += more)),
    request: async (_, path) => (path.endsWith('/flow') ? flow : { record: of }),
    dataFolder: '',
    home: '',
    env: {},
    readStdin: async () => '',
    note: () => undefined,
    ask: undefined,
  });
  return text;
}

it('leads from a value, and from a label, of a decision to the call that brought it, and to none that came later [AUD-18]', async () => {
  expect(sourcesOf(record, flow)).toMatchObject({
    values,
    labels: ['integrity:untrusted'],
    labelsBy: [{ call: 'call-1' }],
  });
  const text = await printed(record);
  expect(text).toContain('to: desk/ticket at /text (call call-1)');
  expect(text).toContain('amount: the user');
  expect(text).toContain('(integrity:untrusted) came into the task by');
  expect(text).not.toContain('call-4');
});

it('says of a record that is of no call what to name instead', async () => {
  await expect(printed({ id })).rejects.toMatchObject({
    code: 'cli/usage',
    suggestedAction: expect.stringContaining('audit query'),
  });
});
