import { randomBytes } from 'node:crypto';
import type { BailiwickError } from '#kernel/errors.ts';
// A file and not the room: what stands here is read before the first program is even begun.
import { createServerCertificate } from '../../../sdk/certificate.ts';
import type { GatewaySettings } from '../settings.ts';
import { type ChildProgram, superviseProgram } from './child-program.ts';
import type { Address, UpOptions } from './options.ts';
import { markClosed, retiredWriters, unmarkClosed, writerOf } from './retired.ts';
import { checkPortIsFree, checkPortsCanBeShared } from './shared-port.ts';

type Urls = Readonly<Record<string, string>>;

export interface GatewayStart {
  readonly options: Pick<
    UpOptions,
    | 'data'
    | 'keys'
    | 'gateway'
    | 'gatewayTls'
    | 'gateways'
    | 'publicUrl'
    | 'publicGateway'
    | 'diskLevels'
    | 'secondSignature'
    | 'environment'
  >;
  readonly statePort: string;
  readonly tenant: string;
  readonly version: string;
  /** What they need first. */
  readonly control: Promise<Urls>;
  readonly progress: (text: string) => void;
  /** Told of each program as it is started, so that it is ended whatever comes. */
  readonly started: (program: ChildProgram) => void;
  readonly lost: (name: string, fault: BailiwickError) => void;
}

const entry = new URL('../gateway/main.ts', import.meta.url);

/** All gateways of this machine, on one listener; resolves with its addresses when all of them serve. */
export async function startGateways(start: GatewayStart): Promise<Urls> {
  const { data, gateways: count } = start.options;
  if (count > 1) await checkSharing(start.options);
  const shared = sharedByAll(start);
  // Before anybody serves: an orphan of theirs may still hold the port.
  await Promise.all(
    retiredWriters(data, count).map((writer) => closeRetired(start, shared, writer)),
  );
  const first = startOne(start, shared, { index: 0, after: start.control });
  // Ports that are free to choose are chosen by the first; the others follow it there.
  let urls: Urls | undefined;
  const chosen = first.ready.then((found) => (urls = found));
  // Told where all of them are waited for.
  chosen.catch(() => undefined);
  const others = Array.from({ length: count - 1 }, (_, at) =>
    startOne(start, shared, { index: at + 1, after: chosen, urls: () => urls }),
  );
  const [found = {}] = await Promise.all([first, ...others].map(({ ready }) => ready));
  return found;
}

interface One {
  readonly index: number;
  readonly after: Promise<unknown>;
  readonly urls?: () => Urls | undefined;
}

async function checkSharing({ gateway, gatewayTls }: GatewayStart['options']): Promise<void> {
  await checkPortsCanBeShared();
  const fixedPorts = [gateway, gatewayTls].filter((one) => one !== undefined && one.port > 0);
  await Promise.all(fixedPorts.map((one) => checkPortIsFree(one as Address)));
}

type Shared = (index: number, isAgain: boolean) => Pick<GatewaySettings, 'among'>;

/** INVARIANT: made anew with each start of the supervisor, handed over its channels and never kept. */
function sharedByAll({ options }: GatewayStart): Shared {
  const nonceKey = randomBytes(32).toString('base64url');
  return (index, isAgain) => ({
    among: {
      index,
      count: options.gateways,
      nonceKey,
      // Whoever starts again has forgotten which proofs it saw: their nonces are older than this.
      generation: isAgain ? machineMs() : 0,
    },
  });
}

/** Of the machine: every process reads the same, and it is never set. */
function machineMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

function startOne(
  start: GatewayStart,
  shared: Shared,
  { index, after, urls: chosen }: One,
): ChildProgram {
  const { options, statePort, tenant, version, progress, lost } = start;
  const name = options.gateways === 1 ? 'gateway' : writerOf(index);
  let console: string | undefined;
  void start.control.then((found) => (console = found['console'])).catch(() => undefined);
  unmarkClosed(options.data, writerOf(index));
  let starts = 0;
  const program = superviseProgram({
    name,
    entry,
    after,
    progress,
    onFinal: (fault) => lost(name, fault),
    settings: (own) => {
      const urls = own ?? chosen?.();
      starts += 1;
      return {
        data: options.data,
        keys: options.keys,
        ...logOf(options),
        listen: fixed(options.gateway, urls?.['gateway']),
        ...tlsOf(options, urls),
        ...shared(index, starts > 1),
        statePort,
        ...metAt(options),
        ...signInAt(options.publicUrl, console),
        tenant,
        version,
        writer: writerOf(index),
        task: 'serve',
      } satisfies GatewaySettings;
    },
  });
  start.started(program);
  return program;
}

/** By this name a browser takes it for safe, and a passkey has a home. */
function signInAt(publicUrl: string | undefined, console: string | undefined) {
  if (console === undefined) return {};
  const publicConsole = publicUrl === undefined ? {} : { publicConsole: publicUrl };
  const local = console.replace('//127.0.0.1:', '//localhost:');
  return { ...publicConsole, authorizationServer: publicUrl ?? local };
}

/** What concerns its log. */
function logOf({ diskLevels, secondSignature, environment }: GatewayStart['options']) {
  return {
    ...(diskLevels === undefined ? {} : { diskLevels }),
    ...(environment === undefined ? {} : { environment }),
    secondSignature,
  };
}

function metAt({ publicGateway }: GatewayStart['options']) {
  return publicGateway === undefined ? {} : { publicUrl: publicGateway };
}

/** What it left open is closed as unknown, and told; what cannot be closed stays fenced. */
async function closeRetired(start: GatewayStart, shared: Shared, writer: string): Promise<void> {
  const { options, statePort, tenant, version, progress, lost } = start;
  progress(`${writer} is not started any more, closing its log`);
  const program = superviseProgram({
    name: writer,
    entry,
    after: start.control,
    progress,
    onFinal: () => undefined,
    settings: () =>
      ({
        data: options.data,
        keys: options.keys,
        ...logOf(options),
        listen: options.gateway,
        ...shared(0, false),
        statePort,
        tenant,
        version,
        writer,
        task: 'close-log',
      }) satisfies GatewaySettings,
  });
  start.started(program);
  try {
    await program.ready;
    await program.stop();
    markClosed(options.data, writer);
  } catch (fault) {
    program.expectEnd();
    lost(writer, fault as BailiwickError);
  }
}

let certificate: { readonly key: string; readonly cert: string } | undefined;

/** What whoever reads the data folder can know the gateways by; nothing secret. */
export function gatewayCertificate(): string {
  return certificate?.cert ?? '';
}

/** One for all, and the same after a restart: it is one listener. */
function tlsOf({ gatewayTls }: GatewayStart['options'], urls: Urls | undefined) {
  if (gatewayTls === undefined) return {};
  certificate ??= createServerCertificate();
  return { tls: { ...fixed(gatewayTls, urls?.['tls']), ...certificate } };
}

/** A port that was free to choose the first time is the same one at every restart. */
export function fixed(wanted: Address, url: string | undefined): { host: string; port: number } {
  return url === undefined ? { ...wanted } : { host: wanted.host, port: Number(new URL(url).port) };
}
