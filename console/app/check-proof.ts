/** What a proof says of a record, each step by itself: a proof that fails somewhere says where. */
export interface ProofStep {
  readonly says: string;
  readonly isTrue: boolean;
}

export interface CheckedProof {
  readonly steps: readonly ProofStep[];
  /** Names of others who signed the head; their keys are not here, so that it is not checked. */
  readonly others: readonly string[];
  readonly isTrue: boolean;
}

interface Given {
  /** `.tlog-proof`, as a text. */
  readonly proof: string;
  /** The bytes in the log, in base64. */
  readonly leaf: string;
  /** NAME+ID+KEY of the log, as this server tells it. */
  readonly vkey: string | undefined;
  readonly record: unknown;
}

/**
 * Checks in this browser that the record on the page stands in the log. INVARIANT: nothing of the answer is believed but
 * the key, and that one is named, so that whoever has it from elsewhere compares; what cannot be checked is not true.
 */
export async function checkProof({ proof, leaf, vkey, record }: Given): Promise<CheckedProof> {
  const read = readProof(proof);
  if (read === undefined)
    return {
      steps: [{ says: 'The proof is not well formed.', isTrue: false }],
      others: [],
      isTrue: false,
    };
  const bytes = bytesOf(leaf) ?? new Uint8Array();
  const { origin, size, root } = read.head;
  const isIn = await stands(read, await sha256([new Uint8Array([0]), bytes]));
  const key = vkey === undefined ? undefined : readKey(vkey);
  const isSigned = key !== undefined && key.name === origin && (await isSignedBy(read, key));
  const steps = [
    {
      says: 'What stands in the log is what this page shows.',
      isTrue: isSame(bytes, record),
    },
    {
      says: `It stands there as record ${read.index} of ${size}, in the log ${origin}, whose root is ${root.slice(0, 12)}….`,
      isTrue: isIn,
    },
    {
      says:
        key === undefined
          ? 'No key of this log is told here: its signature is not checked.'
          : `That head of the log is signed by its key ${key.id}.`,
      isTrue: isSigned,
    },
  ];
  const others = read.signatures.map(({ name }) => name).filter((name) => name !== origin);
  return { steps, others: [...new Set(others)], isTrue: steps.every((one) => one.isTrue) };
}

type Bytes = Uint8Array<ArrayBuffer>;

interface ReadProof {
  readonly index: number;
  readonly hashes: readonly Bytes[];
  readonly head: { readonly origin: string; readonly size: number; readonly root: string };
  /** What was signed. */
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly bytes: Bytes }[];
}

const longestProof = 128 * 1_024;
const mostHashes = 63;

function readProof(proof: string): ReadProof | undefined {
  const split = proof.indexOf('\n\n');
  if (proof.length > longestProof || split < 0) return undefined;
  const [header, ...lines] = proof.slice(0, split).split('\n');
  if (header !== 'c2sp.org/tlog-proof@v1') return undefined;
  if (lines[0]?.startsWith('extra ')) lines.shift();
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '')?.[1];
  const hashes = lines.map(bytesOf);
  const note = proof.slice(split + 2);
  const end = note.indexOf('\n\n');
  const text = note.slice(0, end + 1);
  const [origin = '', size = '', root = ''] = text.split('\n');
  const isWhole =
    index !== undefined &&
    end > 0 &&
    hashes.length <= mostHashes &&
    /^(0|[1-9][0-9]{0,15})$/.test(size);
  if (!isWhole || bytesOf(root)?.length !== 32) return undefined;
  return {
    index: Number(index),
    hashes: hashes.flatMap((hash) => (hash?.length === 32 ? [hash] : [])),
    head: { origin, size: Number(size), root },
    text,
    signatures: signaturesIn(note.slice(end + 2)),
  };
}

function signaturesIn(lines: string): ReadProof['signatures'] {
  return lines.split('\n').flatMap((line) => {
    const [, name = '', encoded = ''] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    const bytes = bytesOf(encoded);
    return name === '' || bytes === undefined ? [] : [{ name, bytes }];
  });
}

/** RFC 9162 §2.1.3.2. */
async function stands({ index, hashes, head }: ReadProof, leaf: Bytes): Promise<boolean> {
  if (index >= head.size) return false;
  let [node, last, hash] = [index, head.size - 1, leaf];
  for (const sibling of hashes) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = await nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0)
        [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
    } else {
      hash = await nodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && base64(hash) === head.root;
}

interface LogKey {
  readonly name: string;
  readonly id: string;
  readonly bytes: Bytes;
}

function readKey(vkey: string): LogKey | undefined {
  const [, name = '', id = '', encoded = ''] =
    /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey.trim()) ?? [];
  const bytes = bytesOf(encoded);
  return bytes?.length === 33 && bytes[0] === 1 ? { name, id, bytes: bytes.slice(1) } : undefined;
}

async function isSignedBy({ text, signatures }: ReadProof, key: LogKey): Promise<boolean> {
  const mine = signatures.find(
    ({ name, bytes }) => name === key.name && hex(bytes.slice(0, 4)) === key.id,
  );
  if (mine === undefined) return false;
  const algorithm = { name: 'Ed25519' };
  const verifier = await crypto.subtle.importKey('raw', key.bytes, algorithm, false, ['verify']);
  return crypto.subtle.verify(
    algorithm,
    verifier,
    mine.bytes.slice(4),
    new TextEncoder().encode(text),
  );
}

/** Of an earlier schema the page shows a record lifted to this one: then what names it must agree. */
function isSame(leaf: Bytes, record: unknown): boolean {
  try {
    const read: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(leaf));
    const [one, other] = [namesOf(read), namesOf(record)];
    if (one === undefined || other === undefined || one.id !== other.id) return false;
    return one.schema === other.schema ? sorted(read) === sorted(record) : one.type === other.type;
  } catch {
    return false;
  }
}

function namesOf(value: unknown) {
  if (typeof value !== 'object' || value === null || !('id' in value)) return undefined;
  const schema = 'schema' in value ? value.schema : undefined;
  const type = 'type' in value ? value.type : undefined;
  return { id: value.id, schema, type };
}

/** The same text for the same value, whatever the order of its members. */
function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${sorted(one)}`).join(',')}}`;
}

const nodeHash = (left: Bytes, right: Bytes) => sha256([new Uint8Array([1]), left, right]);

async function sha256(parts: readonly Bytes[]): Promise<Bytes> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

function bytesOf(encoded: string): Bytes | undefined {
  try {
    const text = atob(encoded);
    return encoded === '' ? undefined : Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function base64(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes));
}

function hex(bytes: Bytes): string {
  return [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');
}
