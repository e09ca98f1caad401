import type { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '#kernel/json/index.ts';
import { visibleText } from '#kernel/text/index.ts';
import { readRoots } from '#tlog/anchors/index.ts';
import { type NoteVerifier, parseVkey } from '#tlog/index.ts';
import { type Command, type CommandInput, listFlag, textFlag, usage } from '../command.ts';
import { cell, objects, table, textOf } from '../output.ts';
import { fetchArchive, isUrl, overlaidText } from './archive.ts';
import { readKeptHeads } from './kept-heads.ts';
import { readSavedHeads } from './saved-heads.ts';
import { givenKeys, keyFlags } from './trusted-keys.ts';
import { type CheckedLogs, verifyLogs } from './verify-logs.ts';

export const auditVerify: Command = {
  name: 'audit verify',
  summary:
    'Checks every log from its first byte, its intents and its numbering, from the folder alone. Each log has its own verdict: inconsistent at N (exit 1), consistent but unwitnessed since N (exit 2), witnessed to N (exit 0). An erasure that came while two people held what was erased is told as a finding, and ends with 2.',
  words: '[LOG-FOLDER]',
  flags: {
    log: { type: 'string', value: 'DIR', help: 'the folder, or a copy of it' },
    archive: {
      type: 'string',
      value: 'DIR|URL',
      help: 'an archive of logs, or a copy of it; a URL is copied to a temporary folder first',
    },
    ...keyFlags,
    witness: {
      type: 'string',
      multiple: true,
      value: 'VKEY',
      help: 'the verifier key of a witness that you trust; may be given again',
    },
    quorum: { type: 'string', value: 'N', help: 'so many of them must have cosigned (default 1)' },
    checkpoint: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'a checkpoint that you saved, or the `cosigned.log` of a witness; may be given again',
    },
    'timestamp-root': {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'certificates (PEM) whose timestamps you trust; may be given again',
    },
    rekor: {
      type: 'string',
      multiple: true,
      value: 'VKEY',
      help: 'the verifier key of a log as Rekor v2 that you trust to have noted heads; may be given again',
    },
    ratchet: {
      type: 'string',
      value: 'DIR',
      help: 'the ratchet beside the keys: finds logs and checkpoints that were put back or are gone',
    },
    'accept-unwitnessed': { type: 'boolean', help: 'exit 0 although no witness has cosigned' },
  },
  examples: [
    'bailiwick audit verify',
    'bailiwick audit verify ./data/log --accept-unwitnessed -o json',
    'bailiwick audit verify --log ./copy --key audit.example/main/standard/gateway-1+… --witness auditor.example/w1+…',
    'bailiwick audit verify --log ./copy --keys keys.txt',
    'bailiwick audit verify --log ./copy --checkpoint ./saved-checkpoint --checkpoint ./cosigned.log',
    'bailiwick audit verify --ratchet ./keys/ratchet',
    'bailiwick audit verify --log ./copy --timestamp-root ./tsa-root.pem',
    'bailiwick audit verify --archive /mnt/archive --ratchet ./keys/ratchet',
    "bailiwick audit verify --archive 's3://audit-logs/prod?region=eu-central-1' --key VKEY",
  ],
  async run(input) {
    const checked = await check(input);
    const { status, logs, findings } = checked;
    const answer: JsonObject = { status, logs, findings };
    input.out.print(answer, () => tableOf(checked));
    return exitOf(checked, input.flags['accept-unwitnessed'] === true);
  },
};

/** INVARIANT: who accepts that nobody cosigned accepts nothing else. */
export function exitOf(
  { status, logs, findings }: CheckedLogs,
  isUnwitnessedFine: boolean,
): number {
  if (status === 'inconsistent') return 1;
  // The logs hold, and somebody has to look all the same: never silent, and never taken for a log that was rewritten.
  if (findings.length > 0 || logs.some((log) => log['lacksSecond'] === true)) return 2;
  return status === 'witnessed' || isUnwitnessedFine ? 0 : 2;
}

async function check(input: CommandInput): Promise<CheckedLogs> {
  const root = rootOf(input);
  if (!isUrl(root)) return checkFolder(input, root);
  const copy = mkdtempSync(join(tmpdir(), 'bailiwick-archive-'));
  try {
    const told = await fetchArchive(root, copy, input.env);
    return withOverlaid(checkFolder(input, copy), objects(told['overlaid']));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** INVARIANT: that nobody could hide anything is no reason to say that nobody tried. */
function withOverlaid(checked: CheckedLogs, overlaid: readonly JsonObject[]): CheckedLogs {
  if (overlaid.length === 0) return checked;
  const rows = overlaid.map((one) => ({
    log: textOf(one['name']),
    status: 'inconsistent',
    origin: null,
    size: null,
    kind: 'overlaid',
    message: overlaidText(one),
    index: null,
    count: null,
    path: textOf(one['name']),
  }));
  return { ...checked, status: 'inconsistent', logs: [...checked.logs, ...rows] };
}

function checkFolder(input: CommandInput, root: string): CheckedLogs {
  const ratchet = textFlag(input, 'ratchet');
  // Read before the logs: what grows meanwhile is never missed in them.
  const kept = [
    ...(ratchet === undefined ? [] : readKeptHeads(ratchet)),
    ...listFlag(input, 'checkpoint').flatMap(readSavedHeads),
  ];
  const checked = verifyLogs(root, {
    keys: givenKeys(auditVerify, input),
    witnesses: witnessesOf(input),
    quorum: quorumOf(input),
    kept,
    isArchive: textFlag(input, 'archive') !== undefined,
    anchors: {
      roots: listFlag(input, 'timestamp-root').flatMap(rootsIn),
      logs: listFlag(input, 'rekor').map(logKey),
    },
    progress,
  });
  if (process.stderr.isTTY) process.stderr.write(clearLine);
  return checked;
}

function rootOf(input: CommandInput): string {
  const flags = [textFlag(input, 'log'), textFlag(input, 'archive')];
  const named = [...input.words, ...flags.filter((one) => one !== undefined)];
  if (named.length > 1) throw usage(auditVerify, 'one folder at a time');
  return named[0] ?? `${input.dataFolder}/log`;
}

function logKey(vkey: string): NoteVerifier {
  try {
    const log = parseVkey(vkey);
    if (log.kind === 'log') return log;
  } catch {
    // Told below.
  }
  throw usage(auditVerify, `\`${visibleText(vkey)}\` is no verifier key of a log`);
}

function rootsIn(path: string): readonly X509Certificate[] {
  try {
    return readRoots(readFileSync(path, 'utf8'));
  } catch {
    throw usage(auditVerify, `\`${visibleText(path)}\` has no certificates (PEM) that can be read`);
  }
}

/** INVARIANT: a key that is none is told as that, never as something that is wrong with a log. */
function witnessesOf(input: CommandInput): readonly string[] {
  return listFlag(input, 'witness').map((vkey) => {
    const why = whyNoWitness(vkey);
    if (why === undefined) return vkey;
    throw usage(
      auditVerify,
      `\`${visibleText(vkey)}\` is no verifier key of a witness: ${visibleText(why, { maxLength: 400 })}`,
    );
  });
}

function whyNoWitness(vkey: string): string | undefined {
  try {
    return parseVkey(vkey).kind === 'witness' ? undefined : 'it is that of a log';
  } catch (fault) {
    return fault instanceof Error ? fault.message : 'it cannot be read';
  }
}

/** INVARIANT: more than there are keys is a mistake, since nothing could ever be witnessed. */
function quorumOf(input: CommandInput): number {
  const text = textFlag(input, 'quorum') ?? '1';
  const most = Math.max(1, listFlag(input, 'witness').length);
  if (/^[1-9]\d{0,2}$/u.test(text) && Number(text) <= most) return Number(text);
  throw usage(auditVerify, `\`--quorum\` takes 1 to ${most}, the number of \`--witness\``);
}

function tableOf(checked: CheckedLogs): string {
  const rows = checked.logs.map((log) => [
    cell(log['log'], 200),
    cell(log['status']),
    cell(log['size']),
    cell(log['message'], 400),
  ]);
  const findings = checked.findings.map(({ message }) => `FINDING: ${message}`);
  const verdicts = table(['LOG', 'STATUS', 'RECORDS', 'WHAT'], rows);
  return [verdicts, '', ...findings, summaries[checked.status]].join('\n');
}

const clearLine = '\r\u001B[K';

/** For whoever watches; a pipe hears nothing of it. */
function progress(log: string, records: number): void {
  if (process.stderr.isTTY) process.stderr.write(`${clearLine}  ${log}: ${records} records`);
}

const summaries = {
  inconsistent: 'inconsistent: keep the folder as it is and investigate',
  consistent:
    'consistent, but unwitnessed (by those that `--witness VKEY` names): whoever holds both key and disk could have rewritten it',
  witnessed: 'witnessed: nobody has rewritten it since, not even whoever holds the key',
} as const;
