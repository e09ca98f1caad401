#!/usr/bin/env node
/**
 * Verifies audit logs from a copy of their folder, with public keys and nothing else. One file, plain
 * Node (20 or newer), no package, no code of the product: to be read by whoever relies on it.
 * - Entries are in bundles (`tile/entries/N`), hashes in tiles (`tile/LEVEL/N`): c2sp.org/tlog-tiles.
 *   Every leaf hash is SHA-256(0x00 || entry), every node SHA-256(0x01 || left || right): RFC 6962.
 * - `checkpoint` names origin, size and root hash, signed with Ed25519: c2sp.org/tlog-checkpoint, c2sp.org/signed-note. A
 *   second line may sign the same with ML-DSA-44 (tlog-cosignature, `subtree/v1`): checked where that key is given.
 * - `witnessed` is the newest checkpoint that witnesses cosigned: c2sp.org/tlog-cosignature (v1). A witness signs only what
 *   goes on from what it signed before: what it saw cannot be rewritten, not even by whoever holds the key of the log.
 * - An archive writes nothing over: there every signed head is `checkpoints/SIZE`, and what witnesses cosigned
 *   `witnessed-heads/SIZE`. The newest speaks for it, and each of them is held against the records.
 * - Records of TENANT/directory/WRITER note which logs there are and how long each was: one that is gone, shorter or
 *   another is found. Records `log.opened` and `log.directory-head` elsewhere note that directory itself (an archive may lag).
 * - A record `log.missing-accepted` says who accepted that a log is gone; then that is said, and is no fault.
 * - Where the front of a log is over, `pruned` says up to where; its hashes are still there, and a record `log.pruned` of
 *   one of these logs says so too, with their root. Without one a missing front is a fault.
 * - `anchors/SIZE.checkpoint` is a head as somebody else noted it, and is held against the records too. What they said of the
 *   time (`anchors/SIZE.NAME.tsr`, RFC 3161) is read by `timestamps.mjs`, where `--timestamp-root` is given.
 * Holds are compared with erasures. Sealed bodies and what else records say of each other: `bailiwick audit verify`.
 */
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const help = `Usage: node verify.mjs FOLDER... --key VKEY|--keys FILE [--witness VKEY]... [--quorum N] [--checkpoint FILE]...
       [--timestamp-root FILE]... [--archive] [-o json]

  FOLDER             a log, a folder or archive with logs below it (TENANT/CLASS/WRITER), or a whole data folder;
                     of several, what one says of the logs of another counts
  --key VKEY         the verifier key of any of these logs, from somewhere else than this folder; of one that is
                     for ML-DSA-44 the second signature is asked for as well
  --keys FILE        a file of such keys, one a line
  --witness VKEY     the verifier key of a witness that you trust; may be given again
  --quorum N         so many of them must have cosigned (default 1)
  --checkpoint FILE  a checkpoint that you saved, or the cosigned.log of a witness; may be given again
  --timestamp-root FILE  certificates (PEM) whose timestamps you trust; may be given again
  --archive          these logs are of an archive, whether or not they look so

Exit codes: 0 every log is witnessed to its end, 1 one is inconsistent, 2 one is consistent but not
witnessed to its end or lacks a second signature, or something was erased that was held, 4 it was called wrongly or nothing could be read.
`;

class Usage extends Error {}
class Finding extends Error {
  constructor(at, message) {
    super(at === undefined ? message : `inconsistent at ${at}: ${message}`);
    this.at = at;
  }
}

// ---- hashes ----
const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const leafHash = (entry) => sha256(Buffer.from([0]), entry);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

/** The root over hashes of equal subtrees, whose number is a power of two. */
function perfectRoot(hashes) {
  if (hashes.length === 1) return hashes[0];
  const half = hashes.length / 2;
  return nodeHash(perfectRoot(hashes.slice(0, half)), perfectRoot(hashes.slice(half)));
}

/** The part of a tree that later entries still change: at each level the hashes of its last tile. */
class Tree {
  size = 0;
  levels = [];

  /** Answers the tiles that became full, lowest first. */
  append(leaf) {
    const full = [];
    this.size += 1;
    let hash = leaf;
    for (let level = 0; ; level += 1) {
      this.levels[level] ??= { tile: 0, hashes: [] };
      const edge = this.levels[level];
      edge.hashes.push(hash);
      if (edge.hashes.length < 256) return full;
      full.push({ level, tile: edge.tile, hashes: edge.hashes });
      hash = perfectRoot(edge.hashes);
      this.levels[level] = { tile: edge.tile + 1, hashes: [] };
    }
  }

  partials() {
    return this.levels.flatMap(({ tile, hashes }, level) =>
      hashes.length === 0 ? [] : [{ level, tile, hashes }],
    );
  }

  /** Perfect subtrees from the right edge to the left, joined as RFC 6962 joins them. */
  root() {
    if (this.size === 0) return sha256();
    let root;
    for (const { hashes } of this.levels) {
      let end = hashes.length;
      for (let width = 1; width <= 128; width *= 2) {
        if ((hashes.length & width) === 0) continue;
        const part = perfectRoot(hashes.slice(end - width, end));
        root = root === undefined ? part : nodeHash(part, root);
        end -= width;
      }
    }
    return root;
  }
}

// ---- signed notes ----
const types = { log: 1, witness: 4, second: 6 };
const lengths = { 1: 32, 4: 32, 6: 1312 };

/** NAME+ID+base64(type, key), where ID belongs to both. */
function parseVkey(vkey) {
  const [, name, id, encoded] =
    /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey.trim()) ?? [];
  const material = Buffer.from(encoded ?? '', 'base64');
  if (material.length - 1 !== lengths[material[0]] || material.toString('base64') !== encoded)
    throw new Usage(`\`${vkey}\` is malformed: a verifier key is NAME+ID+KEY`);
  const key = { name, type: material[0], bytes: material.subarray(1) };
  if (key.type === types.second) secondKey(key);
  if (keyId(key).toString('hex') !== id) throw new Usage(`the id in \`${vkey}\` is not of its key`);
  return key;
}

const keyId = ({ name, type, bytes }) =>
  sha256(`${name}\n`, Buffer.from([type]), bytes).subarray(0, 4);

function parseNote(bytes, what) {
  const text = bytes.toString('utf8');
  const split = text.lastIndexOf('\n\n');
  const isText = Buffer.from(text, 'utf8').equals(bytes) && !/[\x00-\x09\x0b-\x1f]/.test(text);
  if (split < 0 || !text.endsWith('\n') || !isText)
    throw new Finding(0, `\`${what}\` is no signed note`);
  const lines = text.slice(split + 2, -1).split('\n');
  const signatures = lines.map((line) => {
    const [, name, encoded] = /^\u2014 (\S+) ([A-Za-z0-9+/]+=*)$/.exec(line) ?? [];
    const raw = Buffer.from(encoded ?? '', 'base64');
    if (raw.toString('base64') !== encoded || raw.length < 5)
      throw new Finding(0, `\`${what}\` has a signature that cannot be read`);
    return { name, id: raw.subarray(0, 4), signature: raw.subarray(4) };
  });
  return { text: text.slice(0, split + 1), signatures };
}

/** True when the key signed, false when it did not try; a wrong signature is a finding. */
function isSignedBy(key, note, what) {
  const id = keyId(key);
  const own = note.signatures.filter((one) => one.name === key.name && one.id.equals(id));
  if (!own.every(({ signature }) => check(key, note.text, signature)))
    throw new Finding(0, `the signature of \`${key.name}\` on \`${what}\` is wrong`);
  return own.length > 0;
}

function check({ name, type, bytes }, text, signature) {
  if (type === types.second) return checkSecond({ name, bytes }, text, signature);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  if (type === types.log) return verifySignature(null, Buffer.from(text), key, signature);
  if (type !== types.witness || signature.length !== 72) return false;
  const signed = `cosignature/v1\ntime ${signature.readBigUInt64BE(0)}\n${text}`;
  return verifySignature(null, Buffer.from(signed), key, signature.subarray(8));
}

/** Throws where this Node is older than ML-DSA: from 24.7 on it is there. */
const secondKey = ({ bytes }) => {
  const spki = Buffer.from('30820532300b06096086480165030403110382052100', 'hex');
  return createPublicKey({ key: Buffer.concat([spki, bytes]), format: 'der', type: 'spki' });
};

/** ML-DSA-44 over a `cosigned_message` of all entries, by whoever has this name; eight bytes of time stand before it. */
function checkSecond({ name, bytes }, text, signature) {
  const { origin, size, root } = parseHead(text, 'a checkpoint');
  const u64 = (n) => Buffer.from(BigInt(n).toString(16).padStart(16, '0'), 'hex');
  const named = [name, origin].map((one) => Buffer.from(one)).map((b) => [Buffer.of(b.length), b]);
  const [by, of] = named.map((parts) => Buffer.concat(parts));
  const label = Buffer.from('subtree/v1\n\0');
  const signed = [label, by, signature.subarray(0, 8), of, u64(0), u64(size), root];
  const isOne = signature.length === 2428 && by.length <= 256 && of.length <= 256;
  const message = Buffer.concat(signed);
  return isOne && verifySignature(null, message, secondKey({ bytes }), signature.subarray(8));
}

function parseHead(text, what) {
  const [origin, size, root] = text.split('\n');
  const hash = Buffer.from(root ?? '', 'base64');
  if (!origin || !/^(0|[1-9][0-9]{0,14})$/.test(size ?? '') || hash.length !== 32)
    throw new Finding(0, `\`${what}\` is no checkpoint`);
  return { origin, size: Number(size), root: hash };
}

/** A checkpoint that the log itself signed, with the names of the trusted witnesses that cosigned it. */
function openCheckpoint(bytes, what, { keys, witnesses }) {
  const note = parseNote(bytes, what);
  const head = parseHead(note.text, what);
  const named = keys.filter((key) => owns(key, head.origin));
  const isBy = (kind) => (key) =>
    key.type === types[kind] && isSignedBy({ ...key, name: head.origin }, note, what);
  if (!named.some(isBy('log')))
    throw new Finding(0, `\`${head.origin}\` is not signed by the key of \`${keys[0].name}\``);
  const hasSecond = named.filter(isBy('second')).length > 0;
  const lacksSecond = !hasSecond && named.some(({ type }) => type === types.second);
  const by = witnesses.filter((one) => isSignedBy(one, note, what)).map(({ name }) => name);
  return { ...head, by: [...new Set(by)], lacksSecond, from: `\`${what}\`` };
}

// ---- one log ----
function tilePath({ level, tile, width }) {
  let name = String(tile % 1000).padStart(3, '0');
  for (let n = Math.floor(tile / 1000); n > 0; n = Math.floor(n / 1000)) {
    name = `x${String(n % 1000).padStart(3, '0')}/${name}`;
  }
  return `tile/${level}/${name}${width === 256 ? '' : `.p/${width}`}`;
}

/** A partial file may have been replaced by the full one; its beginning is the same. */
function readTile(folder, which, at) {
  const paths = [which, { ...which, width: 256 }].map((one) => join(folder, tilePath(one)));
  const path = paths.find((one) => existsSync(one));
  if (path === undefined) throw new Finding(at, `\`${tilePath(which)}\` is missing`);
  return bytesOf(path, at);
}

/** A copy may hold what never ends: a pipe is no file of a log. */
function bytesOf(path, at) {
  if (!statSync(path).isFile()) throw new Finding(at, `\`${path}\` is no file`);
  return readFileSync(path);
}

/** Each entry stands behind its length, two bytes. */
function readBundle(folder, tile, width) {
  const which = { level: 'entries', tile, width };
  const bytes = readTile(folder, which, tile * 256);
  const entries = [];
  let at = 0;
  while (at + 2 <= bytes.length && entries.length < width) {
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end <= bytes.length) entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  if (entries.length === width && (at === bytes.length || width < 256)) return entries;
  throw new Finding(tile * 256, `\`${tilePath(which)}\` does not hold ${width} records`);
}

function checkTile(folder, { level, tile, hashes }) {
  const first = tile * 256 ** (level + 1);
  const which = { level, tile, width: hashes.length };
  const stored = readTile(folder, which, first);
  const wrong = hashes.findIndex((hash, i) => !sameAt(stored, i, hash));
  if (wrong < 0) return;
  const at = first + wrong * 256 ** level;
  throw new Finding(at, `what begins there does not hash to what \`${tilePath(which)}\` says`);
}

const sameAt = (tile, i, hash) => tile.subarray(i * 32, i * 32 + 32).equals(hash);

/** Compares a growing tree with heads that somebody remembers; answers up to where they agree. */
function createComparison(tree, known) {
  const heads = known.filter(({ root }) => root).sort((a, b) => a.size - b.size);
  let agreed = 0;
  return () => {
    while (heads.length > 0 && heads[0].size === tree.size) {
      const { root, from } = heads.shift();
      const between = `of records ${agreed} to ${tree.size - 1} one`;
      if (!root.equals(tree.root()))
        throw new Finding(agreed, `${between} is not the record that ${from} remembers`);
      agreed = tree.size;
    }
    return agreed;
  };
}

/** What a record says of other logs. It is no word of ours whether it is a record at all. */
function headsNotedIn(entry) {
  if (!/"type":"log\.(directory|directory-head|opened)"/.test(entry)) return [];
  const { type, details, time } = JSON.parse(entry.toString('utf8'));
  const from = 'the directory of the logs';
  if (type === 'log.opened')
    return details?.is === 'directory' ? [{ origin: details.origin, size: 1, from }] : [];
  const head = ({ origin, size, root }) => ({ origin, size, root: Buffer.from(root, 'hex'), from });
  if (type === 'log.directory-head') return [{ ...head(details), at: Date.parse(time) }];
  return (details?.logs ?? []).map(head);
}

/** What the log says of its front: FROM TO, the root of a tree of TO records, the record that says so. */
function readPruned(folder, size) {
  if (!existsSync(join(folder, 'pruned'))) return { to: 0 };
  const form = /^bailiwick pruned 1\n\d+ (\d{1,15})\n([0-9a-f]{64})\n([0-9a-f-]{36})\n$/;
  const [, to, root, record] =
    form.exec(bytesOf(join(folder, 'pruned'), 0).toString('latin1')) ?? [];
  const isWhole = Number(to) > 0 && Number(to) % 256 === 0 && Number(to) <= size;
  if (!isWhole) throw new Finding(0, '`pruned` cannot be read, or speaks of more than there is');
  return { to: Number(to), root, record };
}

/** What records say of fronts that are gone, and of what was held and erased. */
const isTold =
  /"type":"(log\.(pruned|missing-accepted)|act\.reconciled|privacy\.(held|hold-\w+|(tenant-)?erased))"/;
const flat = ({ type, id, tenant, time, actors, details }) => ({
  ...details,
  type,
  id,
  tenant,
  time,
  by: actors?.[0]?.name,
});

/** Memory stays bounded: one bundle at a time, and the right edge of the tree. */
function checkEntries(folder, { head, known, take, pruned, claims }) {
  const tree = new Tree();
  const compare = createComparison(tree, known);
  const grow = (leaf) => {
    tree.append(leaf).forEach((full) => checkTile(folder, full));
    compare();
  };
  compare();
  for (let tile = 0; tile * 256 < pruned.to; tile += 1) {
    const hashes = readTile(folder, { level: 0, tile, width: 256 }, tile * 256);
    for (let at = 0; at < 256; at += 1) grow(hashes.subarray(at * 32, at * 32 + 32));
  }
  if (pruned.to > 0 && tree.root().toString('hex') !== pruned.root)
    throw new Finding(0, 'the hashes of what was pruned are not those that `pruned` names');
  for (let tile = pruned.to / 256; tile * 256 < head.size; tile += 1) {
    const width = Math.min(256, head.size - tile * 256);
    const stored = readTile(folder, { level: 0, tile, width }, tile * 256);
    for (const [i, entry] of readBundle(folder, tile, width).entries()) {
      const leaf = leafHash(entry);
      const at = tile * 256 + i;
      if (!sameAt(stored, i, leaf))
        throw new Finding(at, `record ${at} is not the record that was logged there`);
      grow(leaf);
      headsNotedIn(entry).forEach(take);
      if (isTold.test(entry)) claims.push(flat(JSON.parse(entry.toString('utf8'))));
    }
    if (tile % 200 === 199 && process.stderr.isTTY) process.stderr.write(`\r  ${tree.size}`);
  }
  tree.partials().forEach((partial) => checkTile(folder, partial));
  if (tree.root().equals(head.root)) return;
  throw new Finding(compare(), 'records and tiles agree, but not with the root that was signed');
}

/** In an archive the digits of their names put heads in the order of their sizes. */
function headsIn(folder, of) {
  const names = existsSync(join(folder, of)) ? readdirSync(join(folder, of)).sort() : [];
  const form = /^\d{16}(\.checkpoint)?$/;
  return names.filter((name) => form.test(name)).map((name) => `${of}/${name}`);
}

function checkLog(folder, place, { options, remembered, take }) {
  const read = (name) => {
    const path = join(folder, name);
    return existsSync(path) ? [openCheckpoint(bytesOf(path, 0), name, options)] : [];
  };
  // Before the log itself: what grows meanwhile is never missed in it.
  const noted = headsIn(folder, 'anchors').flatMap(read);
  const stamped = options.stamps?.(folder);
  const [own] = read('checkpoint');
  const archived = own ? [] : headsIn(folder, 'checkpoints').flatMap(read);
  const head = own ?? archived.at(-1);
  if (head === undefined) throw new Finding(0, 'the log has no checkpoint');
  const { origin, size } = head;
  const seenLast = ['witnessed', ...headsIn(folder, 'witnessed-heads').slice(-1)];
  const cosigned = seenLast.flatMap(read).map((one) => ({ ...one, from: 'a witness' }));
  const others = [...archived, ...cosigned, ...noted].filter((one) => one.origin !== origin);
  if (!isOf(origin, place, options) || others.length > 0)
    throw new Finding(0, `this is of \`${origin}\`, which does not belong here`);
  const inArchive = archived.map((one) => ({ ...one, from: `checkpoints/${one.size}` }));
  const isArchive = options.archive || existsSync(join(folder, 'checkpoints'));
  const isBehind = (one) => isArchive && one.at && one.size > size;
  const saved = remembered.filter((one) => one.origin === origin && !isBehind(one));
  const known = [...saved, ...cosigned, ...inArchive, ...noted];
  const longer = known.find((one) => one.size > size);
  if (longer !== undefined)
    throw new Finding(size, `the log ends here; ${longer.from} remembers ${longer.size} records`);
  const pruned = readPruned(folder, size);
  const claims = [];
  checkEntries(folder, { head, known, take, pruned, claims });
  const seen = [head, ...cosigned].filter(({ by }) => by.length >= options.quorum);
  const witnessedTo = seen.reduce((most, one) => Math.max(most, one.size), 0);
  const by = seen.find((one) => one.size === witnessedTo)?.by ?? [];
  const { lacksSecond } = head;
  return { origin, size, witnessedTo, by, pruned, claims, stamped, isArchive, lacksSecond };
}

// ---- all logs of a folder ----
// Logs of one owner are PREFIX/TENANT/CLASS/WRITER: the prefix is that of the key, the rest the place.
// Under any other name a rewritten log would be compared with nothing that was saved.
const ownerOf = (name) => name.split('/').slice(0, -3).join('/') || `${name}\n`;
const owns = ({ name }, origin) => ownerOf(name) === ownerOf(origin);
const isOf = (origin, place, { keys }) =>
  keys.some((key) => owns(key, origin)) &&
  (['', '.'].includes(place) || `/${origin}`.endsWith(`/${place}`));

const isBelow = (one, place) => place === '' || one.startsWith(`${place}/`);

const inLog = new Set(['tile', 'anchors', 'checkpoints', 'witnessed-heads']);

/** Those below a log too: it may not hide them. */
function logFolders(root, depth = 3) {
  if (!existsSync(root)) return [];
  const isLog = ['checkpoint', 'checkpoints', 'tile'].some((name) => existsSync(join(root, name)));
  const below = readdirSync(root, { withFileTypes: true })
    .filter((one) => depth > 0 && one.isDirectory() && !inLog.has(one.name))
    .flatMap(({ name }) => logFolders(join(root, name), depth - 1).map((rest) => join(name, rest)));
  return [...(isLog ? [''] : []), ...below.map((place) => place.replace(/\/$/, '')).sort()];
}

function judge(root, place, given) {
  try {
    if (given.holds(place)) throw new Finding(0, 'other logs lie below it: it hides them');
    const found = checkLog(join(root, place), place, given);
    const isWitnessed =
      found.by.length > 0 && found.witnessedTo === found.size && !found.lacksSecond;
    const told = isWitnessed
      ? { status: 'witnessed', message: `witnessed to ${found.size} by ${found.by.join(', ')}` }
      : { status: 'consistent', message: `consistent, unwitnessed since ${found.witnessedTo}` };
    const gone = found.pruned.to > 0 ? `; pruned up to ${found.pruned.to}` : '';
    const then = found.stamped ? `; ${found.stamped.text}` : '';
    const second = found.lacksSecond ? '; its head has no signature of ML-DSA' : '';
    const message = told.message + second + gone + then;
    return { log: place || found.origin, ...found, ...told, message };
  } catch (fault) {
    return { log: place || '.', status: 'inconsistent', at: fault.at, message: fault.message };
  }
}

/** A front may be gone where a record of logs that hold says so; in an archive, where also none was to keep it (any more). */
function confirm(judged, said) {
  const told = { ...judged, claims: undefined, place: undefined };
  const { pruned, isArchive, ...one } = told;
  const { to = 0, root, record } = pruned ?? {};
  const mine = said.filter(({ type, origin }) => type === 'log.pruned' && origin === one.origin);
  const upTo = (end) => mine.filter((of) => of.to === end);
  const until = (of) => (of.archived === false ? 0 : Date.parse(of.newest) + of.minimumMs);
  const isOver = (of) => until(of) <= Date.now() && of.from < of.to && mayLack(of.from);
  const mayLack = (end) => end === 0 || upTo(end).some(isOver);
  const isSaid = upTo(to).some((of) => of.id === record && of.root === root);
  if (to === 0 || (isSaid && (!isArchive || mayLack(to))))
    return to === 0 ? one : { ...one, pruned };
  const why = isSaid ? 'an archive has to have them' : 'no record here says why';
  const message = `inconsistent at 0: the first ${to} records are gone, and ${why}`;
  return { ...one, status: 'inconsistent', at: 0, message };
}

/** Erasures behind a hold of two people and before its release: an act broke a rule, and the log says so. */
function* heldErasures(said) {
  const refused = said.filter((one) => one.type === 'act.reconciled' && one.applied === 'no');
  const undone = new Set(refused.map((one) => one.erasure ?? `${one.act} ${one.agreement}`));
  const stands = (one) => !undone.has(one.id) && !undone.has(`${one.type} ${one.agreement}`);
  const open = new Map();
  for (const act of said.filter(stands).sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (act.type === 'privacy.held') open.set(`${act.tenant} ${act.hold}`, act);
    if (act.type === 'privacy.hold-released') open.delete(`${act.tenant} ${act.hold}`);
    const over = act.type.endsWith('erased') ? open.values() : [];
    for (const { tenant, handle, hold, id: held } of over) {
      if (tenant !== act.tenant || ![undefined, act.handle ?? handle].includes(handle)) continue;
      const message = `the log is whole; record ${act.id} erased what hold ${hold} (record ${held}) held`;
      yield { kind: 'erased-under-hold', record: act.id, hold, held, message };
    }
  }
}

/** Where its logs are: of a whole data folder they are in `log`. */
function placesIn(folder) {
  const root = logFolders(folder).length > 0 ? folder : join(folder, 'log');
  const isOther = ['proofs.jsonl', 'manifest.json'].some((name) => existsSync(join(folder, name)));
  const places = isOther ? [] : logFolders(root).map((place) => ({ root, place }));
  if (places.length > 0) return places;
  const hint = isOther ? ' but a bundle: `bailiwick audit check-bundle` checks it' : '';
  throw new Usage(`there is no log below \`${folder}\`${hint}`);
}

function verifyAll(folders, options, saved) {
  const places = folders.flatMap(placesIn);
  const holds = (root) => (place) =>
    places.some((one) => one.root === root && one.place !== place && isBelow(one.place, place));
  const isDirectory = ({ root, place }) => /(^|\/)directory\/[^/]+$/.test(join(root, place));
  const inOrder = [...places.filter(isDirectory), ...places.filter((one) => !isDirectory(one))];
  // By log, then by size and root: two words on one size are both held against it; of very many the newest.
  const noted = new Map();
  let newest = 0;
  const take = (head) => {
    const of = noted.get(head.origin) ?? new Map();
    const key = `${head.size} ${head.root?.toString('hex')}`;
    newest = Math.max(newest, head.at ?? 0);
    // What was said of a directory counts from when it was said first.
    if (!head.at || !of.has(key)) noted.set(head.origin, of.set(key, head));
    if (of.size > 10_000) of.delete(of.keys().next().value);
  };
  const allNoted = () => [...noted.values()].flatMap((of) => [...of.values()]);
  const judgeOne = ({ root, place }) => {
    const remembered = [...saved, ...allNoted()];
    return { place, ...judge(root, place, { options, remembered, holds: holds(root), take }) };
  };
  const once = inOrder.map(judgeOne);
  // Others say how long a directory was, and are read behind it; in a copy, which may take ten minutes, they lie so too.
  for (const of of noted.values())
    of.forEach(({ at }, key) => at > newest - 600_000 && of.delete(key));
  const judged = once.map((one, at) => (isDirectory(inOrder[at]) ? judgeOne(inOrder[at]) : one));
  const said = judged.flatMap(({ claims = [] }) => claims);
  const found = judged.map((one) => confirm(one, said));
  const isFound = (name) =>
    found.some(({ log, origin }) => (origin ? origin === name : isOf(name, log, options)));
  // Of one log alone the others need not be here; of what was saved, something must be of it.
  const isOne = places.every(({ place }) => place === '');
  const isAlone = isOne && (!saved.length || saved.some((one) => isFound(one.origin)));
  const gone = new Map();
  // Of a part of the logs, copied by itself, what it says of others asks for nothing.
  const whole = judged.filter(({ origin, place }) => origin && place);
  const bases = whole.map(({ origin, place }) => origin.slice(0, -place.length));
  const isBelowThese = ({ origin }) => !isOne && bases.some((base) => origin.startsWith(base));
  for (const { origin, size, from } of [...saved, ...allNoted().filter(isBelowThese)]) {
    if (size === 0 || isAlone || isFound(origin)) continue;
    const isYes = ({ type, origin: of }) => type === 'log.missing-accepted' && of === origin;
    const yes = said.find((one) => isYes(one) && size <= one.noted);
    if (yes && gone.has(origin)) continue;
    const message = yes
      ? `missing, accepted by ${yes.by} on ${yes.time}: ${yes.noted} records`
      : `inconsistent at 0: the log is gone; ${from} remembers ${size} records`;
    // Believed as the log is in which it stands.
    const { status = 'inconsistent' } = judged.find(({ claims }) => claims?.includes(yes)) ?? {};
    gone.set(origin, { log: origin, status, at: yes ? undefined : 0, message });
  }
  const logs = [...found.sort((a, b) => (a.log < b.log ? -1 : 1)), ...gone.values()];
  return { logs, findings: [...heldErasures(said)] };
}

// ---- command line ----
/** A checkpoint as it was served, or the lines of a witness: TIME ORIGIN SIZE ROOT. */
function readSaved(path) {
  const bytes = readFileSync(path);
  const from = `\`${path}\``;
  if (bytes.includes('\n\n')) return [{ ...parseHead(parseNote(bytes, path).text, path), from }];
  const lines = bytes.toString('utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [, origin, size, root] = /^\S+ (\S+) (\d{1,15}) (\S{44})$/.exec(line) ?? [];
    if (origin === undefined) throw new Usage(`\`${path}\` has a line that cannot be read`);
    return { origin, size: Number(size), root: Buffer.from(root, 'base64'), from };
  });
}

function parseArguments(args) {
  const [text, archive] = [{ type: 'string' }, { type: 'boolean' }];
  const texts = { type: 'string', multiple: true, default: [] };
  const names = ['key', 'keys', 'witness', 'checkpoint', 'timestamp-root'];
  const many = Object.fromEntries(names.map((name) => [name, texts]));
  const options = { ...many, archive, quorum: text, output: { ...text, short: 'o' } };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const listed = (path) => readFileSync(path, 'utf8').match(/^[^\s#].*$/gm) ?? [];
  const keys = [...values.key, ...values.keys.flatMap(listed)].map(parseVkey);
  const isLog = ({ type }) => type === types.log;
  if (!positionals[0] || !keys.some(isLog)) throw new Usage('FOLDER and --key are needed');
  const witnesses = values.witness.map(parseVkey);
  const quorum = Number(values.quorum ?? 1);
  const isWitness = ({ type }) => type === types.witness;
  if (keys.some(isWitness) || !witnesses.every(isWitness)) throw new Usage('a key of a wrong kind');
  if (!(quorum >= 1 && quorum <= Math.max(1, witnesses.length))) throw new Usage('--quorum is off');
  const saved = values.checkpoint.flatMap(readSaved);
  const told = { folders: positionals, json: values.output === 'json', saved };
  const roots = values['timestamp-root'];
  return { ...told, archive: values.archive, roots, keys, witnesses, quorum };
}

async function main(args) {
  if (args.includes('--help') || args.includes('-h')) return process.stdout.write(help) && 0;
  const { folders, json, saved, roots, ...options } = parseArguments(args);
  if (roots.length > 0) options.stamps = (await import('./timestamps.mjs')).newestBelow(roots);
  const { logs, findings } = verifyAll(folders, options, saved);
  const said = logs.map(({ status }) => status);
  const worst = ['inconsistent', 'consistent', 'witnessed'].find((one) => said.includes(one));
  const all = [...logs, ...findings].map(({ log = 'FINDING', message }) => `${log}: ${message}\n`);
  // What is in a log may be meant for the terminal of whoever reads it: plain characters pass.
  const plain = all.join('').replace(/[^\x20-\x7e\n]/g, '?');
  process.stdout.write(json ? `${JSON.stringify({ status: worst, logs, findings })}\n` : plain);
  return { inconsistent: 1, consistent: 2, witnessed: findings.length > 0 ? 2 : 0 }[worst];
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (fault) {
  process.stderr.write(`${fault.message}\n\n${help}`);
  process.exitCode = 4;
}
