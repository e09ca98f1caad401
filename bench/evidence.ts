/**
 * A pack of evidence alone: `node bench/evidence.ts [RECORDS]`. Writes the log of a day, indexes it, makes a pack of every record
 * with verdict and coverage, and verifies it; figures, nothing is asserted.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '#kernel/digest.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime, ManualClock, systemClock } from '#kernel/time.ts';
import { isBackground, parseRecord, refused } from '#planes/audit/index.ts';
import { createEvidence, parseEvidencePolicy } from '#planes/evidence/index.ts';
import { IndexKeeper, termsVersion } from '#planes/query/index.ts';
import { openEvidencePlace } from '#storage/evidence/index.ts';
import { isTorn, openRecordIndexes } from '#storage/record-index/index.ts';
import { keptLogReaders, openLogWriter } from '#storage/tiles/index.ts';
import { logVkey, signedLine, signNote } from '#tlog/index.ts';
import { logVerdict } from '../src/cli/audit/log-verdict.ts';
import { checkPack } from '../src/cli/evidence/check-pack.ts';
import { intent } from './call-drafts.ts';

const records = Number(process.argv[2] ?? 20_000);
const dayMs = 86_400_000;
const begun = Date.parse('2026-11-02T00:00:00Z');
const root = mkdtempSync(join(tmpdir(), 'bench-evidence-'));
const { publicKey: key, privateKey } = generateKeyPairSync('ed25519');
const publicKey = key.export({ type: 'spki', format: 'der' }).subarray(-32);
const signer = { publicKey, sign: (bytes: Uint8Array) => sign(null, bytes, privateKey) };
const origin = 'bailiwick.local/main/evidence/bench';
const vkey = logVkey(origin, publicKey);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function leafOf(at: number): Uint8Array {
  const time = begun + Math.floor((at * dayMs) / records);
  const draft = {
    ...intent,
    call: sha256Hex(`call ${at}`).slice(0, 36),
    actors: [{ kind: 'agent', name: `agent-${at % 500}` }],
    session: `session-${Math.floor(at / 25)}`,
    task: `task-${Math.floor(at / 100)}`,
  };
  const frame = { id: newId(time), monotonicUs: at, schema: 2, sequence: at + 1, writer: 'bench' };
  return canonicalBytes({ ...draft, ...frame, time: isoTime(time) } as unknown as JsonObject);
}

function writeLog(): void {
  const folder = join(root, 'log', 'main', 'standard', 'bench');
  const log = openLogWriter({ folder, origin: 'bailiwick.local/main/standard/bench', signer });
  for (let from = 0; from < records; from += 4_096) {
    const count = Math.min(4_096, records - from);
    log.append(
      'ab'.repeat(16),
      Array.from({ length: count }, (_, at) => ({
        kind: 'leaf' as const,
        bytes: leafOf(from + at),
        position: { segment: 1, offset: from + at + 1 },
      })),
    );
  }
  log.publish();
}

const open = () =>
  new IndexKeeper({
    indexes: openRecordIndexes({ folder: join(root, 'index'), publicKey, termsVersion }),
    logs: keptLogReaders(join(root, 'log'), publicKey),
    parse: parseRecord,
    judge: { refused, isBackground },
    clock: systemClock,
    isTorn,
    onRebuild: () => undefined,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  });

/** As control makes it, in this very process: what the index reads is part of it. */
async function makePack(keeper: IndexKeeper): Promise<{ peak: number; worstPageMs: number }> {
  const told = { peak: 0, worstPageMs: 0 };
  const rest = { tenant: 'main', view: undefined, most: 200, counted: false } as const;
  const logs = { logRoot: join(root, 'log'), ratchet: undefined, tenant: 'main' };
  const evidence = createEvidence({
    policy: parseEvidencePolicy('pack board daily out everything', (name) => join(root, name)),
    tenant: 'main',
    writer: 'bench',
    clock: new ManualClock(begun + dayMs + 600_000),
    placeAt: openEvidencePlace,
    async ask({ bare = false, newestFirst = false, ...asked }) {
      const at = performance.now();
      const proofs = bare ? {} : ({ proven: 'full', annotated: true } as const);
      const page = await keeper.answer({ ...rest, ...asked, newestFirst, ...proofs });
      told.worstPageMs = Math.max(told.worstPageMs, performance.now() - at);
      told.peak = Math.max(told.peak, process.memoryUsage().rss);
      return page;
    },
    verify: (note) => signedLine(note, origin, [vkey]),
    sign: (facts) => signNote(`${origin}\n${facts}\n`, origin, signer),
    verdict: () => Promise.resolve(logVerdict({ ...logs, keys: [vkey], witnesses: [], quorum: 1 })),
    retention: () => undefined,
    holds: { over: () => Promise.resolve([]) },
    rest: () => Promise.resolve(),
    recorder: { record: () => Promise.resolve() },
  });
  await evidence.look();
  const { problems } = evidence.health();
  if (problems.length > 0) throw new Error(problems.join());
  return told;
}

const sizeBelow = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);

const seconds = (since: number) => ((performance.now() - since) / 1_000).toFixed(1);
const mebibytes = (bytes: number) => Math.round(bytes / 1_048_576);

try {
  // What a machine with other work says is that machine's: it is told along.
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  say(`${records} records; ${machine}; load ${loadavg()[0]?.toFixed(1)} at the beginning`);
  writeLog();
  const keeper = open();
  while (keeper.step() > 0);
  mkdirSync(join(root, 'out'));
  say(`memory before: ${mebibytes(process.memoryUsage().rss)} MiB`);
  const at = performance.now();
  const cpu = process.cpuUsage();
  const { peak, worstPageMs } = await makePack(keeper);
  const { user, system } = process.cpuUsage(cpu);
  say(
    `made: ${seconds(at)} s, ${((user + system) / 1_000_000).toFixed(1)} s of CPU; the longest page ${Math.round(worstPageMs)} ms`,
  );
  say(`memory: ${mebibytes(peak)} MiB at most`);
  const [period = ''] = readdirSync(join(root, 'out/board'));
  const [packed, logged] = [join(root, 'out/board', period), join(root, 'log')].map(sizeBelow);
  say(`size: ${mebibytes(packed ?? 0)} MiB, of a log of ${mebibytes(logged ?? 0)} MiB`);
  keeper.close();
  const checking = performance.now();
  const { problems, records: proved } = await checkPack(join(root, 'out/board', period), [vkey]);
  say(`verified: ${seconds(checking)} s, ${proved} records, ${problems.length} problems`);
  say(
    `memory after: ${mebibytes(process.memoryUsage().rss)} MiB, ${Math.round(process.resourceUsage().maxRSS / 1_024)} MiB at most in all`,
  );
} finally {
  rmSync(root, { recursive: true, force: true });
}
