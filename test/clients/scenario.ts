import type { Attached, ForeignClient, Said } from './client.ts';
import type { ClientWorld } from './world.ts';

/** What one client lived through: what each step was to it, and whether it could go on afterwards. */
export interface Lived {
  readonly client: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly name: StepName;
  readonly as: Said['as'] | 'not tried';
  readonly text: string;
  /** A good call after it, over the same connection, was answered. */
  readonly goesOn: boolean;
}

export type StepName = (typeof stepNames)[number];
export const stepNames = [
  'list',
  'call',
  'refused by policy',
  'held',
  'repeated after a yes',
  'unknown tool',
  'stopped',
  'too often',
] as const;

/** The same for every client: each refusal is followed by a good call. */
export async function live(client: ForeignClient, world: ClientWorld): Promise<Lived> {
  const attached = await client.attach(world.gateway, await world.bearer('stranger'));
  const steps: Step[] = [];
  try {
    const tools = await attached.list();
    const names = namesAmong(tools);
    const good = () => isGood(attached, names.echo);
    const step = async (name: StepName, said: Said): Promise<void> => {
      steps.push({ name, as: said.as, text: said.text.slice(0, 400), goesOn: await good() });
    };
    await step('list', { as: 'result', text: tools.join(' ') });
    await step('call', await attached.call(names.echo, { text: 'hello' }));
    await step('refused by policy', await attached.call(names.note, { text: 'forbidden' }));
    const payment = { to: client.name, amount: 7 };
    await step('held', await attached.call(names.pay, payment));
    await world.approveAll();
    await step('repeated after a yes', await attached.call(names.pay, payment));
    const missing = names.echo.replace(/echo$/, 'nothing');
    await step('unknown tool', await attached.call(missing, {}));
    steps.push(await stopped(attached, names.echo, world));
  } finally {
    await attached.close();
  }
  steps.push(await tooOften(client, world));
  return { client: client.name, steps };
}

function namesAmong(tools: readonly string[]): Record<'echo' | 'note' | 'pay', string> {
  const named = (end: string) => tools.find((tool) => tool.endsWith(end)) ?? `no ${end}`;
  return { echo: named('echo'), note: named('note'), pay: named('pay') };
}

async function isGood(attached: Attached, echo: string): Promise<boolean> {
  const { as, text } = await attached.call(echo, { text: 'still here' });
  return as === 'result' && text.includes('still here');
}

async function stopped(attached: Attached, echo: string, world: ClientWorld): Promise<Step> {
  const target = { kind: 'agent', name: 'stranger' };
  await world.admin('/v1/stops', { target, reason: 'test' });
  let said: Said = { as: 'result', text: '' };
  for (let tries = 0; said.as === 'result' && tries < 100; tries += 1) {
    said = await attached.call(echo, { text: 'stopped?' });
  }
  await world.admin('/v1/stops/release', { target, reason: 'test' });
  let goesOn = false;
  for (let tries = 0; !goesOn && tries < 40; tries += 1) {
    goesOn = await isGood(attached, echo);
    if (!goesOn) await pause(50);
  }
  return { name: 'stopped', as: said.as, text: said.text.slice(0, 400), goesOn };
}

async function tooOften(client: ForeignClient, world: ClientWorld): Promise<Step> {
  const name = 'too often';
  if (client.oneShot === true) return { name, as: 'not tried', text: '', goesOn: true };
  const attached = await client.attach(world.gateway, await world.bearer('hurried'));
  try {
    const { echo } = namesAmong(await attached.list());
    let said: Said = { as: 'result', text: '' };
    for (let tries = 0; said.as === 'result' && tries < 60; tries += 1) {
      said = await attached.call(echo, { text: 'again' });
    }
    await pause(2_000);
    return {
      name,
      as: said.as,
      text: said.text.slice(0, 400),
      goesOn: await isGood(attached, echo),
    };
  } finally {
    await attached.close();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
