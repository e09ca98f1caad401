import { parseArgs } from 'node:util';
import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isInside } from '#adapters/keyring/file/apart.ts';
import { parseArchivePlace } from '#contracts/archive-place.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { type ConfigMode, configModes } from '#contracts/config-mode.ts';
import type { SpaceLevels } from '#contracts/disk-space.ts';
import { parseDiskLevels } from './disk-levels.ts';
import { parseStoreOption, type StoreOption } from './store-option.ts';
import { refusePlainListeners } from './plain-listeners.ts';

export interface UpOptions {
  readonly data: string;
  readonly keys: string;
  readonly config: string | undefined;
  readonly configMode: ConfigMode;
  /** Which environment this installation is; undefined where nobody says. */
  readonly environment: string | undefined;
  readonly gateway: Address;
  readonly gatewayTls: Address | undefined;
  readonly control: Address;
  /** Where people and clients of other machines meet control and gateways: origins, https alone. */
  readonly publicUrl: string | undefined;
  readonly publicGateway: string | undefined;
  /** How many gateways listen there. */
  readonly gateways: number;
  /** Undefined is SQLite in the data folder. */
  readonly store: StoreOption | undefined;
  /** File that names who cosigns the logs. */
  readonly witnesses: string | undefined;
  /** File that names who outside notes the heads of the logs. */
  readonly anchors: string | undefined;
  readonly evidence: string | undefined;
  readonly secondSignature: 'ml-dsa-44' | undefined;
  /** Folder or URL of a store that keeps copies of the logs. */
  readonly archive: string | undefined;
  /** File that names who is sent the records. */
  readonly exports: string | undefined;
  /** Undefined: the usual ones. */
  readonly diskLevels: SpaceLevels | undefined;
  readonly demo: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const upHelp = `Starts Bailiwick on this machine: supervisor, control program, gateway, demo estate.

Usage:
  bailiwick up [flags]

Flags:
  --config DIR         documents to load (Agent, Manifest, ToolServer, Model, Policy, Client, Entitlement, Exchange, HandOff, Speaker, IdentityProvider, Registry, Directory, StepUp, Retention, WorkloadIssuer, Environment, ApprovalRule, RiskList, AgentTemplate); no demo then
  --config-mode MODE   review: what is risky of documents waits for somebody else, in the folder and by the API;
                       follow: it comes into force as it is written; auto (the usual one): follow while one person is
                       alone, review for good once somebody else may say yes (or $BAILIWICK_CONFIG_MODE)
  --environment NAME   which environment this is, as an Environment document declares it: a fact for policy, in every record
                       (or $BAILIWICK_ENVIRONMENT)
  --data DIR           state and log (default: $BAILIWICK_HOME/data or ~/.bailiwick/data)
  --keys DIR           keyring, outside the data folder (default: $BAILIWICK_HOME/keys or ~/.bailiwick/keys)
  --gateway HOST:PORT  where agents connect (default 127.0.0.1:7080; port 0 takes a free one); where other machines
                       reach it, --public-gateway has to name a proxy with TLS
  --gateway-tls HOST:PORT  mutual TLS for agents that prove their key by channel (default: port 0)
  --gateways N|auto    so many gateway processes on one listener; auto is one for each core (default 1)
  --control HOST:PORT  where people and the API are (default 127.0.0.1:7081); elsewhere only with --public-url
  --public-url URL     where people of other machines meet control, by https that a proxy in front of it
                       ends (https://bailiwick.example; or $BAILIWICK_PUBLIC_URL)
  --public-gateway URL the same for agents and gateways (or $BAILIWICK_PUBLIC_GATEWAY)
  --store URL          PostgreSQL instead of files in the data folder, without a password:
                       postgres://USER@HOST:PORT/DATABASE (or $BAILIWICK_STORE, with or without one;
                       $BAILIWICK_STORE_PASSWORD; $BAILIWICK_STORE_OWNER migrates the schema)
  --witnesses FILE     who cosigns the logs, as c2sp.org/tlog-policy writes it (or $BAILIWICK_WITNESSES)
  --anchors FILE       who outside notes the heads of the logs: timestamps of RFC 3161, Rekor v2, as docs/audit.md
                       says (or $BAILIWICK_ANCHORS)
  --evidence FILE      which packs of evidence are made, how often and where, as docs/audit.md says
                       (or $BAILIWICK_EVIDENCE)
  --second-signature ml-dsa-44  signs the heads of the logs once more, by a key that no quantum computer finds (or
                       $BAILIWICK_SECOND_SIGNATURE)
  --archive DIR|URL    keeps copies of the logs: a folder, best of another disk, that is there, outside the data folder; or a
                       bucket that locks: s3://, azblob:// or gs://BUCKET/PREFIX (docs/audit.md; or $BAILIWICK_ARCHIVE)
  --exports FILE       who is sent the records, as docs/exports.md says (or $BAILIWICK_EXPORTS)
  --disk-levels A,B,C  how much of the disk is free where it is told, where no new call begins, and where only ends,
                       stops and erasures are taken: percent, or sizes such as 8GiB (default 20,10,5; of large disks of
                       40 GiB; or $BAILIWICK_DISK_LEVELS)
  --no-demo            without the demo estate
  -o json              one JSON line when ready
  -h, --help           this text

Examples:
  bailiwick up
  bailiwick up --config ./documents --data ./data --keys ./keys
  bailiwick up --gateway 127.0.0.1:0 --control 127.0.0.1:0 --no-demo -o json

Ctrl-C stops everything cleanly. The same data folder cannot be used twice at once.

Exit codes: 0 ended as asked, 1 it could not go on, 4 usage, 6 a port is taken, 7 a folder cannot be used (it cannot
be made or read, or is in use), 8 the documents have problems.
`;

const pathOr = (path: string): string | undefined => (path === '' ? undefined : resolve(path));

/** Flags before environment before what is usual; for settings of the process only. */
export function parseUpOptions(argv: readonly string[], env: NodeJS.ProcessEnv): UpOptions {
  const { values } = readFlags(argv);
  if (values.output !== undefined && values.output !== 'json') throw usage('`-o` takes json');
  const home = env['BAILIWICK_HOME'] ?? join(homedir(), '.bailiwick');
  const either = (flag: string | undefined, name: string, usual: string): string =>
    flag ?? env[name] ?? usual;
  const data = resolve(either(values.data, 'BAILIWICK_DATA', join(home, 'data')));
  const config = either(values.config, 'BAILIWICK_CONFIG', '');
  const gateway = either(values.gateway, 'BAILIWICK_GATEWAY', '127.0.0.1:7080');
  const witnesses = either(values.witnesses, 'BAILIWICK_WITNESSES', '');
  const anchors = either(values.anchors, 'BAILIWICK_ANCHORS', '');
  const archive = either(values.archive, 'BAILIWICK_ARCHIVE', '');
  const exports = either(values.exports, 'BAILIWICK_EXPORTS', '');
  const control = either(values.control, 'BAILIWICK_CONTROL', '127.0.0.1:7081');
  const options: UpOptions = {
    data,
    keys: keysOutside(data, resolve(either(values.keys, 'BAILIWICK_KEYS', join(home, 'keys')))),
    config: config === '' ? undefined : resolve(config),
    configMode: modeOf(either(values['config-mode'], 'BAILIWICK_CONFIG_MODE', 'auto')),
    environment: environmentOf(values.environment ?? env['BAILIWICK_ENVIRONMENT']),
    gateway: address(gateway, '--gateway'),
    gatewayTls: address(values['gateway-tls'] ?? '127.0.0.1:0', '--gateway-tls'),
    control: address(control, '--control'),
    publicUrl: origin(values['public-url'] ?? env['BAILIWICK_PUBLIC_URL'], '--public-url'),
    publicGateway: origin(
      values['public-gateway'] ?? env['BAILIWICK_PUBLIC_GATEWAY'],
      '--public-gateway',
    ),
    gateways: gatewayCount(either(values.gateways, 'BAILIWICK_GATEWAYS', '1')),
    store: parseStoreOption(values.store, env),
    witnesses: witnesses === '' ? undefined : resolve(witnesses),
    anchors: pathOr(anchors),
    evidence: pathOr(either(values.evidence, 'BAILIWICK_EVIDENCE', '')),
    secondSignature: secondSignature(
      either(values['second-signature'], 'BAILIWICK_SECOND_SIGNATURE', ''),
    ),
    archive: archive === '' ? undefined : archivePlace(data, archive, env),
    exports: exports === '' ? undefined : resolve(exports),
    diskLevels: diskLevels(values['disk-levels'] ?? (env['BAILIWICK_DISK_LEVELS'] || undefined)),
    demo: values['no-demo'] !== true && config === '',
    json: values.output === 'json',
    help: values.help === true,
  };
  refusePlainListeners(options);
  return options;
}

/** Where data lie when nothing is said of it. */
export function usualData(): string {
  return join(process.env['BAILIWICK_HOME'] ?? join(homedir(), '.bailiwick'), 'data');
}

/** Whoever copies the data folder must not have the keys with it. */
function keysOutside(data: string, keys: string): string {
  const named = keys === data || keys.startsWith(`${data}/`);
  if (!named && !isInside(data, keys)) return keys;
  throw usage('`--keys` must lie outside the data folder');
}

/** What is wrong with a URL is said now; that a bucket does not lock, by the readiness. */
function archivePlace(data: string, text: string, env: NodeJS.ProcessEnv): string {
  const place = parseArchivePlace(text, env);
  return place.kind === 'folder' ? archiveOutside(data, resolve(place.path)) : text;
}

/** What is lost with the data folder is no archive of it. */
function archiveOutside(data: string, archive: string): string {
  const named = archive === data || archive.startsWith(`${data}/`);
  if (!named && !isInside(data, archive)) return archive;
  throw usage('`--archive` must lie outside the data folder');
}

function diskLevels(text: string | undefined): SpaceLevels | undefined {
  if (text === undefined) return undefined;
  const levels = parseDiskLevels(text);
  if (levels !== undefined) return levels;
  throw usage('`--disk-levels` takes three levels, each above the next: 20,10,5 or 8GiB,4GiB,2GiB');
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        config: { type: 'string' },
        'config-mode': { type: 'string' },
        environment: { type: 'string' },
        data: { type: 'string' },
        keys: { type: 'string' },
        gateway: { type: 'string' },
        'gateway-tls': { type: 'string' },
        control: { type: 'string' },
        'public-url': { type: 'string' },
        'public-gateway': { type: 'string' },
        gateways: { type: 'string' },
        store: { type: 'string' },
        witnesses: { type: 'string' },
        anchors: { type: 'string' },
        evidence: { type: 'string' },
        'second-signature': { type: 'string' },
        archive: { type: 'string' },
        exports: { type: 'string' },
        'disk-levels': { type: 'string' },
        'no-demo': { type: 'boolean' },
        output: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (fault) {
    throw usage(fault instanceof Error ? fault.message : 'unknown flag');
  }
}

function modeOf(text: string): UpOptions['configMode'] {
  const mode = configModes.find((one) => one === text);
  if (mode !== undefined) return mode;
  throw usage('`--config-mode` takes auto, follow or review');
}

function secondSignature(text: string): UpOptions['secondSignature'] {
  if (text === '' || text === 'ml-dsa-44') return text === '' ? undefined : text;
  throw usage('`--second-signature` takes ml-dsa-44');
}

function environmentOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^[a-z0-9][a-z0-9-]{0,63}$/.test(text)) return text;
  throw usage('`--environment` takes the name of an Environment document: a-z, 0-9 and -');
}

function gatewayCount(text: string): number {
  if (text === 'auto') return Math.min(limits.gateways, Math.max(1, availableParallelism()));
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= limits.gateways) return count;
  throw usage(`\`--gateways\` takes 1 to ${limits.gateways}, or auto`);
}

/** INVARIANT: https, and nothing behind the host: cookies, passkeys and tokens are of a whole origin. */
function origin(text: string | undefined, flag: string): string | undefined {
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text);
  const isOrigin = url !== null && (url.origin === text || `${url.origin}/` === text);
  if (url?.protocol === 'https:' && isOrigin) return url.origin;
  throw usage(`\`${flag}\` takes https://HOST or https://HOST:PORT, without a path`);
}

function address(text: string, flag: string): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65_535) throw usage(`\`${flag}\` takes HOST:PORT`);
  return { host, port };
}

function usage(message: string): BailiwickError {
  return new BailiwickError('cli/usage', {
    message,
    suggestedAction: 'read `bailiwick up --help`',
  });
}
