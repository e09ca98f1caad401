import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
// Files and not rooms: whatever stands here is read before the first program is even begun.
import { lockFolder } from '#storage/sqlite/lock.ts';
import { keepStopRoom } from '../../../sdk/stop-file.ts';
import type { ControlSettings, LostProgram } from '../settings.ts';
import { checkArchiveFolder } from './archive-folder.ts';
import { type ChildProgram, superviseProgram } from './child-program.ts';
import type { Demo } from './demo.ts';
import { exitCodeOf } from './exit-code.ts';
import { gatewayCertificate, fixed, startGateways } from './gateways.ts';
import { parseUpOptions, upHelp, type UpOptions, usualData } from './options.ts';
import { namedPort } from './port-taken.ts';
import { storeVariables } from './store-option.ts';

const tenant = 'main';

/** The supervisor: starts control, the gateways and the demo, restarts what dies, ends all cleanly. */
async function main(): Promise<void> {
  const options = parseUpOptions(process.argv.slice(2), process.env);
  if (options.help) return void process.stdout.write(upHelp);
  // Control is told by its settings; nobody else needs to get into the store.
  for (const name of storeVariables) delete process.env[name];
  const say = (text: string): void => {
    if (!options.json) process.stderr.write(`  ${text}\n`);
  };
  checkArchiveFolder(options.archive);
  prepareFolders(options);
  const lock = lockFolder(options.data);
  const running: Running = { control: undefined, gateways: [], demo: undefined, lost: [] };
  const end = endOnce(options, running, () => lock.release());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void end(0));
  // With a terminal that was closed there is nobody to tell, and still everything to end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const giveUp = (fault: BailiwickError): void => {
    report(options, fault);
    void end(exitCodeOf(fault));
  };
  try {
    await start(options, running, say, giveUp);
  } catch (fault) {
    report(options, fault);
    await end(exitCodeOf(fault));
  }
}

interface Running {
  control: ChildProgram | undefined;
  readonly gateways: ChildProgram[];
  demo: Demo | undefined;
  readonly lost: LostProgram[];
}

/** Control stays: people must be able to look, and `status` says what is gone. */
function loseGateway(
  running: Running,
  control: ChildProgram,
  name: string,
  fault: BailiwickError,
): void {
  const { code, message, suggestedAction } = fault;
  running.lost.push({ name, code, message, suggestedAction });
  control.tell({ lost: running.lost });
  process.stderr.write(`\n${name} cannot go on: ${message}\n  code: ${code}\n`);
  process.stderr.write(`  what to do: ${suggestedAction}\n  it is not started again\n`);
}

async function start(
  options: UpOptions,
  running: Running,
  say: (text: string) => void,
  giveUp: (fault: BailiwickError) => void,
): Promise<void> {
  if (options.demo) {
    say('starting the demo estate');
    // Loaded only when asked for: without the demo nothing of it is in the process.
    const { startDemoEstate } = await import('./demo.ts');
    running.demo = await startDemoEstate(join(options.data, 'demo'));
  }
  const version = packageVersion();
  const statePort = join(options.data, 'run', 'state.sock');
  const setupFile = join(options.data, 'run', 'setup-link');
  // A link of an earlier start names another port and may be spent; control writes what holds now.
  await rm(setupFile, { force: true });
  const config = options.config ?? running.demo?.documents ?? removeDemo(options);
  const control = superviseProgram({
    name: 'control',
    entry: new URL('../control/main.ts', import.meta.url),
    progress: say,
    onFinal: giveUp,
    settings: (urls) =>
      ({
        data: options.data,
        keys: options.keys,
        ...(config === undefined ? {} : { config }),
        configMode: options.configMode,
        ...(options.environment === undefined ? {} : { environment: options.environment }),
        ...(options.witnesses === undefined ? {} : { witnesses: options.witnesses }),
        ...(options.anchors === undefined ? {} : { anchors: options.anchors }),
        ...(options.archive === undefined ? {} : { archive: options.archive }),
        secondSignature: options.secondSignature,
        ...(options.diskLevels === undefined ? {} : { diskLevels: options.diskLevels }),
        ...(options.exports === undefined ? {} : { exports: options.exports }),
        listen: fixed(options.control, urls?.['console']),
        statePort,
        tenant,
        version,
        setupFile,
        seedSecrets: running.demo?.secrets ?? {},
        lost: running.lost,
        gateways: options.gateways,
        ...placesOf(options),
        ...(options.store === undefined ? {} : { store: options.store }),
      }) satisfies ControlSettings,
  });
  running.control = control;
  const gateways = startGateways({
    options,
    statePort,
    tenant,
    version,
    control: control.ready,
    progress: say,
    started: (program) => void running.gateways.push(program),
    lost: (name, fault) => loseGateway(running, control, name, fault),
  });
  const [controlUrls, gatewayUrls] = await Promise.all([control.ready, gateways]);
  await announce(options, { ...controlUrls, ...gatewayUrls }, setupFile);
}

function placesOf({ publicUrl, publicGateway, gateway: { host }, evidence }: UpOptions) {
  return {
    ...(evidence === undefined ? {} : { evidence }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    gatewayPlace: { host, ...(publicGateway === undefined ? {} : { publicUrl: publicGateway }) },
  };
}

/** `--no-demo` takes the demo out again: its folder, and its documents with the next load. */
function removeDemo(options: UpOptions): string | undefined {
  const left = join(options.data, 'demo');
  if (options.demo || !existsSync(left)) return undefined;
  rmSync(left, { recursive: true, force: true });
  const nothing = join(options.data, 'run', 'no-documents');
  mkdirSync(nothing, { recursive: true, mode: 0o700 });
  return nothing;
}

/** Beside the address for tools, on the same listener. */
function modelsAddress(gateway: string | undefined): string {
  return gateway === undefined ? '' : new URL('/llm/v1', gateway).href;
}

async function announce(
  options: UpOptions,
  urls: Readonly<Record<string, string>>,
  setupFile: string,
): Promise<void> {
  const link = setupLink(setupFile);
  const place = {
    event: 'ready',
    gateway: urls['gateway'] ?? '',
    models: modelsAddress(urls['gateway']),
    gatewayTls: urls['tls'] ?? '',
    gatewayCertificate: gatewayCertificate(),
    console: urls['console'] ?? '',
    publicUrl: options.publicUrl ?? null,
    publicGateway: options.publicGateway ?? null,
    pid: process.pid,
    setupLinkFile: link === undefined ? null : setupFile,
    data: options.data,
    keys: options.keys,
  };
  await writeFile(join(options.data, 'run', 'instance.json'), canonicalText(place), {
    mode: 0o600,
  });
  if (options.json) return void process.stdout.write(`${canonicalText(place)}\n`);
  const lines = [
    '',
    'Bailiwick is up.',
    `  gateway   ${place.gateway}   (agents connect here)`,
    `  models    ${place.models}   (the base URL for clients of the OpenAI shape)`,
    `  mutual TLS ${place.gatewayTls}`,
    `  console   ${place.console}`,
    ...publicLines(options),
    `  data      ${options.data}`,
    ...(link === undefined ? [] : [`  set up    ${link}   (once, within 10 minutes)`]),
    '',
    ...nextSteps(options, link),
    '',
  ];
  process.stdout.write(lines.join('\n'));
}

function publicLines({ publicUrl, publicGateway }: UpOptions): readonly string[] {
  return [
    ...(publicGateway === undefined ? [] : [`  gateway   ${publicGateway}/mcp   (from elsewhere)`]),
    ...(publicUrl === undefined ? [] : [`  console   ${publicUrl}   (from elsewhere)`]),
  ];
}

/** Three lines, so that nobody has to read on to go on. */
function nextSteps({ data, demo }: UpOptions, link: string | undefined): readonly string[] {
  const of =
    process.env['BAILIWICK_DATA'] === undefined && data !== usualData() ? ` --data ${data}` : '';
  const first =
    link === undefined
      ? `  1. ./bailiwick status${of}                      what is in force, what is red, what waits`
      : `  1. ./bailiwick setup '${link}' --name YOU${of}`;
  return [
    'Next, in another terminal (Ctrl-C here stops everything):',
    first,
    demo
      ? '  2. ./bailiwick demo                            watch it work, on an instance of its own'
      : `  2. ./bailiwick tool list${of}                  which tools wait for your yes`,
    `  3. ./bailiwick connect --agent NAME --print CLIENT${of}   what to write into your client`,
  ];
}

function setupLink(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function prepareFolders(options: UpOptions): void {
  try {
    mkdirSync(join(options.data, 'run'), { recursive: true, mode: 0o700 });
    mkdirSync(options.keys, { recursive: true, mode: 0o700 });
    // A stop by file must find room on a full disk too. Without it there is still the empty file.
    keepStopRoom(options.data);
  } catch (fault) {
    const full = fault instanceof Error && 'code' in fault && fault.code === 'ENOSPC';
    const message = fault instanceof Error ? fault.message : 'the folders cannot be made';
    throw new BailiwickError(full ? 'store/full' : 'config/unreadable', { message });
  }
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return /"version":\s*"([^"]+)"/.exec(text)?.[1] ?? '0.0.0';
}

function endOnce(
  options: UpOptions,
  running: Running,
  release: () => void,
): (code: number) => Promise<void> {
  let ending = false;
  return async (code) => {
    if (ending) return;
    ending = true;
    // INVARIANT: first of all: the same signal may have reached them, and nothing comes back now.
    for (const program of running.gateways) program.expectEnd();
    running.control?.expectEnd();
    running.demo?.expectEnd();
    if (!options.json && code === 0) process.stderr.write('\n  stopping\n');
    // Gateways first: their last records need nothing from control, control serves them meanwhile.
    await Promise.all(running.gateways.map((program) => program.stop()));
    await running.control?.stop();
    await running.demo?.stop();
    await rm(join(options.data, 'run', 'instance.json'), { force: true });
    release();
    process.exit(code);
  };
}

function report(options: UpOptions, fault: unknown): void {
  const known =
    fault instanceof BailiwickError
      ? namedPort(fault, options)
      : new BailiwickError('gateway/internal', {
          message: fault instanceof Error ? fault.message : 'unknown fault',
        });
  const { code, message, suggestedAction, details } = known;
  if (options.json) {
    process.stdout.write(
      `${canonicalText({ event: 'failed', code, message, suggestedAction, details: details ?? null })}\n`,
    );
    return;
  }
  process.stderr.write(`\nbailiwick could not start: ${message}\n  code: ${code}\n`);
  process.stderr.write(`  what to do: ${suggestedAction}\n`);
  for (const problem of problemsOf(details)) process.stderr.write(`  ${problem}\n`);
}

function problemsOf(details: unknown): string[] {
  if (typeof details !== 'object' || details === null || !('problems' in details)) return [];
  const { problems } = details;
  return Array.isArray(problems) ? problems.map(String) : [];
}

main().catch((fault: unknown) => {
  const json = process.argv.includes('json');
  report({ json } as UpOptions, fault);
  process.exit(exitCodeOf(fault));
});
