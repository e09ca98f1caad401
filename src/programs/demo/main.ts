import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyLogs } from '#cli/audit/verify-logs.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import { becomeAdmin } from './admin.ts';
import { type AgentPlace, enrolAgent, type ScriptedAgent } from './agent.ts';
import { type Instance, type Ready, startInstance } from './instance.ts';
import { createNarrator, isSound } from './narrate.ts';
import { type DemoOptions, demoHelp, parseDemoOptions } from './options.ts';
import { playScenes } from './scenes.ts';
import { createTeller } from './teller.ts';
import { type Role, type Stage, until } from './stage.ts';
import { tamperHelp } from './tamper-help.ts';

interface Place {
  readonly data: string;
  readonly keys: string;
  remove(): void;
}

const settleMs = 20_000;
const toolCounts: Readonly<Record<Role, number>> = { support: 9, refunds: 5, analyst: 4 };

async function main(): Promise<void> {
  const [scene, ...rest] = process.argv.slice(2);
  if (scene === 'tamper') {
    if (rest.includes('--help') || rest.includes('-h'))
      return void process.stdout.write(tamperHelp);
    // Not before it is asked for: it needs what is not installed when somebody reads the help.
    const { runTamper } = await import('./tamper.ts');
    process.exitCode = await runTamper(rest, (text) => void process.stdout.write(text));
    return;
  }
  const options = parseDemoOptions(process.argv.slice(2));
  if (options.help) return void process.stdout.write(demoHelp);
  const place = preparePlace(options);
  const instance = startInstance(place);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= instance.stop());
  const hangUp = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Nobody waits for answers any more, so the instance need not either.
      hangUp.abort();
      void stop().then(() => {
        place.remove();
        process.exit(130);
      });
    });
  }
  try {
    process.exitCode = (await perform({ options, place, instance, stop, signal: hangUp.signal }))
      ? 0
      : 1;
  } finally {
    await stop();
    place.remove();
  }
}

interface Performance {
  readonly options: DemoOptions;
  readonly place: Place;
  readonly instance: Instance;
  readonly stop: () => Promise<void>;
  readonly signal: AbortSignal;
}

async function perform(given: Performance): Promise<boolean> {
  const { options, place, instance, stop, signal } = given;
  const narrator = createNarrator(options.json, (text) => void process.stdout.write(text));
  narrator.begin();
  const stage = await setStage(place, await instance.ready, signal);
  const logRoot = join(place.data, 'log');
  const teller = createTeller({ admin: stage.admin, logRoot, narrator });
  await playScenes(stage, teller.play);
  await stop();
  const { status, logs } = verifyLogs(logRoot, undefined);
  const records = logs.reduce((sum, { size }) => sum + Number(size ?? 0), 0);
  const told = teller.told();
  narrator.end({ ...told, audit: status, records, data: options.data });
  return told.failed === 0 && isSound(status);
}

/** Everybody in their place: the first person, three agents, every tool seen and pinned. */
async function setStage(place: Place, ready: Ready, signal: AbortSignal): Promise<Stage> {
  const { control, gateway } = ready;
  const admin = await becomeAdmin({ control, linkFile: ready.setupLinkFile, signal });
  const estate = join(place.data, 'demo');
  const transcript = join(estate, 'transcript.ndjson');
  const seat: AgentPlace = {
    admin,
    control,
    gateway,
    signal,
    witness: (bytes) => appendFileSync(transcript, `${bytes.toString('utf8')}\n`, { mode: 0o600 }),
  };
  const agents = {
    support: await enrolAgent(seat, 'support'),
    refunds: await enrolAgent(seat, 'refunds'),
    analyst: await enrolAgent(seat, 'analyst'),
  };
  for (const role of ['support', 'refunds', 'analyst'] as const) {
    await seesTools(agents[role], toolCounts[role]);
  }
  return {
    agents,
    admin,
    billingNotice: join(estate, 'billing-notice.txt'),
    canaries: secretsOf(join(estate, 'secrets.json')),
  };
}

async function seesTools(agent: ScriptedAgent, count: number): Promise<void> {
  const { answer } = await until(
    settleMs,
    () => agent.tools(),
    (names) => names.length === count,
  );
  if (answer.length === count) return;
  throw new BailiwickError('gateway/internal', {
    message: `agent ${agent.name} sees ${answer.length} tools, not ${count}`,
    suggestedAction: 'try again; if it stays so, look at `bailiwick tool list`',
  });
}

function secretsOf(file: string): string[] {
  const secrets = parseJson(readFileSync(file));
  return isJsonObject(secrets) ? Object.values(secrets).map(String) : [];
}

function preparePlace({ data }: DemoOptions): Place {
  if (data === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'bailiwick-demo-'));
    return {
      data: join(folder, 'data'),
      keys: join(folder, 'keys'),
      remove: () => rmSync(folder, { recursive: true, force: true }),
    };
  }
  mkdirSync(data, { recursive: true, mode: 0o700 });
  return { data, keys: `${data}-keys`, remove: () => undefined };
}

function report(fault: unknown): void {
  const known = fault instanceof BailiwickError;
  const code = known ? fault.code : 'gateway/internal';
  const message = fault instanceof Error ? fault.message : 'unknown fault';
  const suggestedAction = known ? fault.suggestedAction : 'try again with `--data DIR` to keep it';
  const json = process.argv.includes('json');
  if (json) {
    const told = { event: 'failed', ok: false, code, message, suggestedAction };
    process.stdout.write(`${canonicalText(told)}\n`);
  } else {
    process.stderr.write(`\nthe demo stopped: ${message}\n  code: ${code}\n`);
    process.stderr.write(`  what to do: ${suggestedAction}\n`);
  }
}

main().catch((fault: unknown) => {
  report(fault);
  process.exitCode = 1;
});
