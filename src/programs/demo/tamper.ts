import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createOutbound } from '#adapters/outbound/index.ts';
import { type RunningWitness, serveWitness } from '#cli/witness/server.ts';
import { openWitnessState, type WitnessState } from '#cli/witness/state.ts';
import { canonicalBytes, canonicalText } from '#kernel/json/index.ts';
import { systemClock } from '#kernel/time.ts';
import { createWitnessing, parseWitnessPolicy, type WitnessHealth } from '#planes/audit/index.ts';
import { openLogWriter } from '#storage/tiles/index.ts';
import { bundlePath, logVkey, type RawSigner } from '#tlog/index.ts';

const origin = 'demo.example/main/standard/gateway-1';
const verifier = fileURLToPath(new URL('../../../verifier/verify.mjs', import.meta.url));
const saved = 300;
const size = 400;
const changed = 350;

/** One thing that is done, and whether it came out as it must. */
interface Step {
  readonly does: string;
  readonly found: string;
  readonly ok: boolean;
}

interface Scene {
  readonly root: string;
  readonly signer: RawSigner;
  readonly state: WitnessState;
  readonly witness: RunningWitness;
}

/** Answers the exit code. */
export async function runTamper(
  argv: readonly string[],
  write: (text: string) => void,
): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), 'bailiwick-tamper-'));
  const signer = newSigner();
  const state = openWitnessState(join(root, 'auditor'));
  const witness = await serveWitness({
    name: 'auditor.example/w1',
    state,
    logs: [logVkey(origin, signer.publicKey)],
    allLogsOf: [],
    host: '127.0.0.1',
    port: 0,
    now: () => systemClock.now(),
    say: () => undefined,
  });
  try {
    return tell(await play({ root, signer, state, witness }), argv.includes('json'), write);
  } finally {
    await witness.close();
    state.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function newSigner(): RawSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { publicKey: spki.subarray(-32), sign: (bytes) => sign(null, bytes, privateKey) };
}

async function play(scene: Scene): Promise<readonly Step[]> {
  const honest = join(scene.root, 'log');
  await writeLog(scene, honest, () => undefined);
  const all = ['--witness', scene.witness.vkey];
  const steps = [
    judged(scene, honest, {
      does: `${size} records were written; the auditor's witness cosigned them, and the auditor saved the checkpoint at ${saved}`,
      flags: all,
      code: 0,
      says: `witnessed to ${size}`,
    }),
  ];
  steps.push(...editOneByte(scene, honest));
  const forged = join(scene.root, 'forged');
  const health = await writeLog(scene, forged, (at) => (at === changed ? 'ann' : undefined));
  const seen = health.contradictions.join('; ');
  steps.push({
    does: `an insider with disk and key writes record ${changed} anew (approved by ann), and signs all of it again; the witness is asked to cosign that`,
    found: seen,
    ok: seen.includes('remembers'),
  });
  return [...steps, ...judgements(scene, forged, all), putBack(scene, { honest, forged, all })];
}

/** What each kind of memory makes of a log whose signature is right. */
function judgements(scene: Scene, forged: string, all: readonly string[]): readonly Step[] {
  const checkpoint = ['--checkpoint', join(scene.root, 'saved')];
  const lines = ['--checkpoint', join(scene.root, 'auditor', 'cosigned.log')];
  return [
    judged(scene, forged, {
      does: 'verified with the key of the log alone: every hash and signature holds, and that is all it can say',
      flags: all,
      code: 2,
      says: 'unwitnessed since 0',
    }),
    judged(scene, forged, {
      does: `held against the checkpoint that was saved at ${saved}, before the record that was changed: nothing is wrong up to there`,
      flags: checkpoint,
      code: 2,
      says: 'consistent',
    }),
    judged(scene, forged, {
      does: 'held against what the witness remembers',
      flags: lines,
      code: 1,
      says: `inconsistent at ${saved}: of records ${saved} to ${size - 1} one is not`,
    }),
  ];
}

function putBack(
  scene: Scene,
  { honest, forged, all }: { honest: string; forged: string; all: readonly string[] },
): Step {
  copyFileSync(join(honest, 'witnessed'), join(forged, 'witnessed'));
  return judged(scene, forged, {
    does: 'to look witnessed, the insider puts the cosigned head of the true log beside it',
    flags: all,
    code: 1,
    says: 'inconsistent at 0',
  });
}

/** Without the key: the record itself is named. */
function editOneByte(scene: Scene, folder: string): readonly Step[] {
  const path = join(folder, bundlePath(1, size - 256));
  const bytes = readFileSync(path);
  const at = bytes.indexOf(`"n":${changed}`) + 4;
  writeFileSync(path, bytes.with(at, 0x39));
  const step = judged(scene, folder, {
    does: `one digit of record ${changed} is edited on disk, without the key`,
    flags: [],
    code: 1,
    says: `inconsistent at ${changed}`,
  });
  writeFileSync(path, bytes);
  return [step];
}

/** By the product's own writer, in two parts, each shown to the witness as the control program does. */
async function writeLog(
  scene: Scene,
  folder: string,
  approver: (at: number) => string | undefined,
): Promise<WitnessHealth> {
  const { signer, witness, root } = scene;
  const vkey = logVkey(origin, signer.publicKey);
  const log = {
    tenant: 'main',
    vkey,
    read: (path: string) => readIfThere(join(folder, path)),
    keep: (file: string, note: Uint8Array) =>
      Promise.resolve(writeFileSync(join(folder, file), note)),
    reached: () => 0,
  };
  const policy = parseWitnessPolicy(`witness w1 ${witness.vkey} ${witness.url}\n`);
  const outbound = createOutbound({ mayReach: () => true, loopback: true });
  const witnessing = createWitnessing({ policy, logs: () => [log], outbound, clock: systemClock });
  const writer = openLogWriter({ folder, origin, signer });
  for (const [from, to] of [
    [0, saved],
    [saved, size],
  ] as const) {
    const frames = Array.from({ length: to - from }, (_, i) => recordFrame(from + i, approver));
    writer.append('ab'.repeat(16), frames);
    writer.publish();
    if (to === saved) copyFileSync(join(folder, 'checkpoint'), join(root, 'saved'));
    await witnessing.look();
  }
  return witnessing.health();
}

function recordFrame(n: number, approver: (at: number) => string | undefined) {
  const approvedBy = approver(n) ?? (n === changed ? 'nobody' : 'bob');
  const record = { type: 'policy.outcome', tool: 'refund', amount: n * 10, approvedBy, n };
  return {
    kind: 'leaf',
    bytes: canonicalBytes(record),
    position: { segment: 1, offset: (n + 1) * 100 },
  } as const;
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** By the verifier that stands alone, as an auditor runs it. */
function judged(
  { signer }: Scene,
  folder: string,
  must: { does: string; flags: readonly string[]; code: number; says: string },
): Step {
  const words = [verifier, folder, '--key', logVkey(origin, signer.publicKey), ...must.flags];
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8', env: {} });
  const text = stdout.trim().replace(`${origin}: `, '').replace('.: ', '');
  const ok = status === must.code && stdout.includes(must.says);
  return { does: must.does, found: `${text} (exit ${status ?? 'none'})`, ok };
}

function tell(steps: readonly Step[], json: boolean, write: (text: string) => void): number {
  const ok = steps.every((step) => step.ok);
  if (json) {
    write(`${canonicalText({ ok, steps: steps.map((step) => ({ ...step })) })}\n`);
  } else {
    write('\nThe tamper drill: who finds that history was rewritten?\n\n');
    for (const [at, step] of steps.entries()) {
      write(`  ${at + 1}. ${step.does}\n     ${step.ok ? '✓' : '✗'} ${step.found}\n\n`);
    }
    write(
      ok
        ? 'A signature finds no rewriting by whoever holds the key; somebody else who remembers does.\n'
        : 'Something did not come out as it must.\n',
    );
  }
  return ok ? 0 : 1;
}
