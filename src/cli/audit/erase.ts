import { readFileSync, writeFileSync } from 'node:fs';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { parseVkey, verifyProofFile } from '#tlog/index.ts';
import { ControlProblem } from '../../../sdk/index.ts';
import {
  type Command,
  type CommandInput,
  requiredFlag,
  textFlag,
  usage,
  word,
} from '../command.ts';
import { cell, facts, jsonLine, textOf } from '../output.ts';
import { waitingText } from './hold.ts';
import {
  givenKeys,
  keyFlags,
  keysFor,
  notItsKey,
  ownKeysText,
  underOneOf,
} from './trusted-keys.ts';

const to = {
  type: 'string',
  value: 'FILE',
  help: 'also writes the certificate there; a file that exists is not touched',
} as const;

export const auditErase: Command = {
  name: 'audit erase',
  summary:
    'Forgets a person or an agent: destroys the key that what is sealed of them is under, for good. Records and proofs stay. Prints a certificate.',
  words: 'SUBJECT | --tenant',
  flags: {
    basis: {
      type: 'string',
      value: 'TEXT',
      help: 'by what right or duty; it goes on record, so name nobody (required)',
    },
    request: { type: 'string', value: 'ID', help: 'of the request, as you keep it (required)' },
    tenant: {
      type: 'boolean',
      help: 'everything that is sealed of your tenant, for good, once another person agrees',
    },
    to,
  },
  examples: [
    'bailiwick audit erase ann@corp --basis "GDPR Art. 17(1)(b)" --request DSR-204 --to DSR-204.json',
    'bailiwick audit erase --tenant --basis "end of contract" --request C-9',
  ],
  async run(input) {
    if (input.flags['tenant'] === true) return eraseTenant(input);
    const subject = word(auditErase, input, 0, 'SUBJECT');
    const basis = requiredFlag(auditErase, input, 'basis');
    const request = requiredFlag(auditErase, input, 'request');
    const erased = await input.request('POST', '/v1/erasures', { subject, basis, request });
    if (erased['nothing'] === true) return printNothing(input, erased);
    return printCertificate(input, textOf(erased['record']));
  },
};

/** A key that was made beforehand: no certificate says that something of somebody was forgotten. */
function printNothing({ out }: CommandInput, erased: JsonObject): void {
  out.print(
    erased,
    () =>
      `nothing was there: nothing was sealed of them. The name and its empty key are gone; the record is ${cell(erased['record'])}`,
  );
}

async function eraseTenant(input: CommandInput): Promise<void> {
  if (input.words.length > 0)
    throw usage(auditErase, 'name a subject or give `--tenant`, not both');
  const basis = requiredFlag(auditErase, input, 'basis');
  const request = requiredFlag(auditErase, input, 'request');
  const answer = await input.request('POST', '/v1/erasures/tenant', { basis, request });
  input.out.print(answer, () => waitingText(answer));
}

export const auditCertificate: Command = {
  name: 'audit certificate',
  summary: 'Shows the certificate of an erasure again, by the record that erased.',
  words: 'RECORD',
  flags: { to },
  examples: ['bailiwick audit certificate 0199c0de-… --to DSR-204.json'],
  async run(input) {
    await printCertificate(input, word(auditCertificate, input, 0, 'RECORD'));
  },
};

export const auditCheckCertificate: Command = {
  name: 'audit check-certificate',
  summary:
    'Checks the certificate of an erasure from nothing but its file and the key of the log: that it says what the record says, and that the signed log holds the record. Exit 1 when not, 2 when it holds under its own key and none was given.',
  words: 'FILE',
  flags: { ...keyFlags },
  examples: [
    'bailiwick audit check-certificate DSR-204.json --keys keys.txt',
    'bailiwick audit check-certificate DSR-204.json --key bailiwick.local/main/…+…',
  ],
  async run(input) {
    const file = word(auditCheckCertificate, input, 0, 'FILE');
    const read = readCertificate(file);
    const keys = givenKeys(auditCheckCertificate, input);
    checkAreOfIt(read, keys);
    const problem = whyNotTrue(read, keys);
    const trusted = keys.length > 0;
    input.out.print({ holds: problem === undefined, trusted, problem: problem ?? null }, () =>
      problem === undefined
        ? [
            `the log says so: what was sealed under ${cell(read['handle'])} was erased at ${cell(read['erasedAt'])}`,
            ...(trusted ? [] : [ownKeysText]),
          ].join('\n')
        : `it does not hold: ${cell(problem, 400)}`,
    );
    if (problem !== undefined) return 1;
    return trusted ? 0 : 2;
  },
};

function readCertificate(file: string): JsonObject {
  try {
    const read = parseJson(readFileSync(file));
    if (isJsonObject(read)) return read;
  } catch {
    // Falls through to the one message.
  }
  throw usage(auditCheckCertificate, `\`${file}\` is no certificate, or cannot be read`);
}

/** Keys of other logs say nothing of this evidence. */
function checkAreOfIt({ evidence }: JsonObject, keys: readonly string[]): void {
  const own = isJsonObject(evidence ?? null) ? textOf((evidence as JsonObject)['vkey']) : '';
  const name = own.slice(0, own.indexOf('+'));
  if (keys.length === 0 || name === '' || keysFor(name, keys).length > 0) return;
  throw usage(auditCheckCertificate, notItsKey(name, keys));
}

/** Undefined when every fact of it is in the leaf, and the leaf in the signed log. */
export function whyNotTrue(certificate: JsonObject, keys: readonly string[]): string | undefined {
  const evidence = certificate['evidence'];
  if (evidence === undefined || !isJsonObject(evidence)) return 'it has no evidence';
  const leaf = Buffer.from(textOf(evidence['leaf']));
  const own = textOf(evidence['vkey']);
  try {
    const { name } = parseVkey(own);
    const proof = Buffer.from(textOf(evidence['proof']));
    underOneOf(name, keys.length > 0 ? keys : [own], (trust) =>
      verifyProofFile(proof, leaf, trust),
    );
    const record = parseJson(leaf);
    return isJsonObject(record) ? whyOther(certificate, record) : 'the leaf is no record';
  } catch (fault) {
    return fault instanceof Error ? fault.message : 'its proof does not hold';
  }
}

function whyOther(certificate: JsonObject, record: JsonObject): string | undefined {
  if (record['type'] !== 'privacy.erased') return 'the record erased nothing';
  const details = record['details'];
  const said = details !== undefined && isJsonObject(details) ? details : {};
  const own = { tenant: record['tenant'], erasedAt: record['time'] };
  const { handle, basis, request, bodies } = said;
  for (const [name, value] of Object.entries({ ...own, handle, basis, request, bodies })) {
    if (certificate[name] !== value) return `its \`${name}\` is not that of the record`;
  }
  return undefined;
}

const waitMs = 500;
const mostWaits = 60;

/** The record is under a signed head a moment after it was written. */
async function certificateOf({ request }: CommandInput, record: string): Promise<JsonObject> {
  const path = `/v1/erasures/${encodeURIComponent(record)}/certificate`;
  for (let waits = 0; ; waits += 1) {
    try {
      return await request('GET', path);
    } catch (fault) {
      const isEarly = fault instanceof ControlProblem && fault.code === 'audit/not-proven-yet';
      if (!isEarly || waits === mostWaits) throw fault;
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

async function printCertificate(input: CommandInput, record: string): Promise<void> {
  const answer = await certificateOf(input, record);
  const file = textFlag(input, 'to');
  // Never over another: a certificate is evidence.
  if (file !== undefined) writeFileSync(file, jsonLine(answer), { flag: 'wx', mode: 0o600 });
  const lines = (name: string): string[] => {
    const list = answer[name];
    return Array.isArray(list) ? list.map((one) => `  ${cell(one, 400)}`) : [];
  };
  input.out.print(answer, () =>
    [
      facts([
        ['erased', answer['handle']],
        ['at', answer['erasedAt']],
        ['by', answer['by']],
        ['basis', answer['basis']],
        ['request', answer['request']],
        ['record', record],
      ]),
      'destroyed:',
      ...lines('destroyed'),
      'what remains:',
      ...lines('remains'),
      ...(file === undefined ? [] : [`the certificate is in ${cell(file, 400)}`]),
    ].join('\n'),
  );
}
