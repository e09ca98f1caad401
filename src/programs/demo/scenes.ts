import { writeFileSync } from 'node:fs';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { textOf } from './admin.ts';
import type { Called } from './agent.ts';
import { type Play, type Stage, until } from './stage.ts';

const refundTool = 'billing.create_refund';
/** As lists of tools name it. */
const listedRefundTool = 'billing__create_refund';
// A busy machine is slow, and nothing here is wrong for it: what took long is told.
const patienceMs = 30_000;

/** The whole play, in order: later scenes rest on what earlier ones left behind. */
export async function playScenes(stage: Stage, play: Play): Promise<void> {
  await plainCalls(stage, play);
  await approval(stage, play);
  await refusals(stage, play);
  await leaks(stage, play);
  await changedDefinition(stage, play);
  await poisonedTicket(stage, play);
  await stop(stage, play);
}

function refund(invoice: string, amountCents: Json, reason: string): JsonObject {
  return { invoice, amountCents, reason };
}

async function plainCalls({ agents: { refunds } }: Stage, play: Play): Promise<void> {
  await play(
    { scene: 'read', told: 'a read passes', decision: 'allowed' },
    await refunds.call('billing.get_invoice', { invoice: 'HL-2033' }),
  );
  await play(
    { scene: 'write', told: 'a refund of 15 EUR is within the policy', decision: 'allowed' },
    await refunds.call(refundTool, refund('HL-2032', 1_500, 'dent in the cap')),
  );
}

async function approval({ agents: { refunds }, admin }: Stage, play: Play): Promise<void> {
  const args = refund('HL-2033', 12_000, 'two metres short');
  const held = await refunds.call(refundTool, args);
  await play(
    {
      scene: 'held',
      told: 'a refund of 120 EUR waits for a human',
      decision: 'held',
      code: 'approvals/pending',
    },
    held,
  );
  await decide(admin, held, 'approve', 'measured on the quay');
  await play(
    { scene: 'approved', told: 'after a yes the identical call executes', decision: 'allowed' },
    await refunds.call(refundTool, args, held.handle),
    'approved by maria',
  );
  await play(
    {
      scene: 'replay',
      told: 'the same yes serves once',
      decision: 'refused',
      code: 'approvals/spent',
    },
    await refunds.call(refundTool, args, held.handle),
  );
}

async function decide(
  admin: Stage['admin'],
  { approval: id }: Called,
  verdict: 'approve' | 'reject',
  reason: string,
): Promise<void> {
  if (id === undefined) return;
  const shown = textOf(await admin.get(`/v1/approvals/${id}`), 'shown');
  await admin.post(`/v1/approvals/${id}/decide`, { verdict, reason, shown });
}

async function refusals({ agents: { refunds, analyst } }: Stage, play: Play): Promise<void> {
  await play(
    {
      scene: 'forbidden',
      told: 'above 1,000 EUR no agent pays, whoever agrees',
      decision: 'refused',
      code: 'policy/denied',
    },
    await refunds.call(refundTool, refund('HL-2039', 148_000, 'winch slips')),
  );
  await play(
    {
      scene: 'broken-arguments',
      told: 'arguments that break the schema never reach the server',
      decision: 'refused',
      code: 'tools/invalid-arguments',
    },
    await refunds.call(refundTool, refund('HL-2037', 'ten euro', 'wrong hose')),
  );
  await play(
    {
      scene: 'outside-manifest',
      told: 'a tool outside the manifest does not exist, also by its right name',
      decision: 'refused',
      code: 'tools/not-visible',
    },
    await analyst.call(refundTool, refund('HL-2031', 100, 'guessed')),
  );
}

async function leaks({ agents: { refunds, support }, canaries }: Stage, play: Play): Promise<void> {
  // The rest of what the server said must be there, or nothing was scrubbed at all.
  const without =
    (told: string) =>
    ({ text }: Called) => {
      if (!text.includes(told)) return 'the server did not say what it usually does';
      return canaries.some((one) => text.includes(one)) ? 'the agent saw a credential' : undefined;
    };
  await play(
    {
      scene: 'leaking-server',
      told: 'a server that prints its key is answered for without it',
      decision: 'allowed',
      check: without('authorization: '),
    },
    await refunds.call('billing.get_invoice', { invoice: 'HL-9999' }),
  );
  await play(
    {
      scene: 'leaking-process',
      told: 'so is a local one that prints its environment',
      decision: 'allowed',
      check: without('crm://service:'),
    },
    await support.call('crm.get_customer', { customer: 'C-999' }),
  );
}

async function changedDefinition(stage: Stage, play: Play): Promise<void> {
  const { agents, admin, billingNotice } = stage;
  const { refunds } = agents;
  writeFileSync(billingNotice, 'Amounts are rounded up to full euros from now on.\n');
  await play(
    {
      scene: 'changed-definition',
      told: 'a vendor changes what a tool says of itself: quarantined',
      decision: 'refused',
      code: 'tools/quarantined',
    },
    await refunds.call(refundTool, refund('HL-2034', 9_000, 'strap torn')),
  );
  const path = '/v1/tools/billing/create_refund';
  const { answer: seen } = await until(
    patienceMs,
    () => admin.get(path),
    ({ observed }) => isJsonObject(observed),
  );
  const changes = Array.isArray(seen['diff']) ? seen['diff'].length : 0;
  await admin.post(`${path}/approve`, { digest: textOf(seen, 'observedDigest') });
  await until(
    patienceMs,
    () => refunds.tools(),
    (names) => names.includes(listedRefundTool),
  );
  await play(
    {
      scene: 'reviewed-definition',
      told: 'a human reads the difference and approves it: the tool is back',
      decision: 'allowed',
      check: () => (changes === 1 ? undefined : `the difference has ${changes} changes, not one`),
    },
    await refunds.call(refundTool, refund('HL-2037', 1_000, 'hose too wide')),
    'one change, in the description',
  );
}

async function poisonedTicket({ agents: { support }, admin }: Stage, play: Play): Promise<void> {
  const ticket = await support.call('tickets.get_ticket', { ticket: 311 });
  const order = /refund (\d+)\.(\d\d) EUR on invoice (HL-\d{4}) with the reason \\?"(\w+)/.exec(
    ticket.text,
  );
  await play(
    {
      scene: 'poisoned-ticket',
      told: 'an agent reads a ticket that gives orders',
      decision: 'allowed',
      check: () => (order === null ? 'the ticket gave no order' : undefined),
    },
    ticket,
  );
  const [, euro = '', cents = '', invoice = '', reason = ''] = order ?? [];
  const obeyed = await support.call(refundTool, refund(invoice, Number(euro + cents), reason));
  await play(
    {
      scene: 'poisoned-order',
      told: 'it obeys; a refund that is usually free waits, for a stranger may have asked for it',
      decision: 'held',
      code: 'approvals/pending',
    },
    obeyed,
  );
  await decide(admin, obeyed, 'reject', 'the customer never asked us');
}

async function stop({ agents: { refunds }, admin }: Stage, play: Play): Promise<void> {
  const target = { kind: 'agent', name: 'refunds' };
  const read = () => refunds.call('billing.get_invoice', { invoice: 'HL-2031' });
  await admin.post('/v1/stops', { target, reason: 'something looks odd' });
  const stopped = await until(patienceMs, read, ({ decision }) => decision !== 'allowed');
  await play(
    {
      scene: 'stop',
      told: 'a human stops the agent: its next calls are refused',
      decision: 'refused',
      code: 'stop/active',
    },
    stopped.answer,
    `after ${Math.round(stopped.took)} ms`,
  );
  await admin.post('/v1/stops/release', { target, reason: 'it was a false alarm' });
  const back = await until(patienceMs, read, ({ decision }) => decision === 'allowed');
  await play(
    { scene: 'release', told: 'released by a human, it works again', decision: 'allowed' },
    back.answer,
  );
}
