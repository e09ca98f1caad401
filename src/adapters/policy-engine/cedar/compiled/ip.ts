import { IpRange } from './values.ts';

const longestText = 43;

/** An address alone or with a prefix, as Cedar reads it: no IPv4 inside IPv6, no zone. */
export function parseIp(text: string): IpRange | undefined {
  if (text.length > longestText || (text.includes(':') && text.includes('.'))) return undefined;
  const slash = text.indexOf('/');
  const alone = slash < 0 ? text : text.slice(0, slash);
  const version = alone.includes(':') ? 6 : 4;
  const address = version === 4 ? ipv4(alone) : ipv6(alone);
  if (address === undefined) return undefined;
  const widest = widthOf(version);
  const prefix = slash < 0 ? widest : prefixLength(text.slice(slash + 1), widest);
  return prefix === undefined ? undefined : new IpRange(version, address, prefix);
}

function widthOf(version: 4 | 6): 32 | 128 {
  return version === 4 ? 32 : 128;
}

function prefixLength(text: string, widest: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const length = Number(text);
  return length > widest ? undefined : length;
}

function ipv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    address = address * 256 + Number(part);
  }
  return BigInt(address);
}

function ipv6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = '', tail] = halves;
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  if (before === undefined || after === undefined) return undefined;
  const left = 8 - before.length - after.length;
  // `::` stands for one group at least.
  if (tail === undefined ? left !== 0 : left < 1) return undefined;
  const zeros = Array.from({ length: left }, () => '0000');
  return BigInt(`0x${[...before, ...zeros, ...after].join('')}`);
}

function groups(text: string): readonly string[] | undefined {
  if (text === '') return [];
  const found = text.split(':');
  const valid = found.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group));
  return valid ? found.map((group) => group.padStart(4, '0')) : undefined;
}

interface Edges {
  readonly first: bigint;
  readonly last: bigint;
}

function edgesOf({ version, address, prefix }: IpRange): Edges {
  const below = (1n << BigInt(widthOf(version) - prefix)) - 1n;
  const last = address | below;
  return { first: last ^ below, last };
}

/** All of `inner` lies in `outer`. */
export function isInRange(inner: IpRange, outer: IpRange): boolean {
  if (inner.version !== outer.version) return false;
  const a = edgesOf(inner);
  const b = edgesOf(outer);
  return a.first >= b.first && a.last <= b.last;
}

const loopback = {
  4: new IpRange(4, 127n << 24n, 8),
  6: new IpRange(6, 1n, 128),
} as const;

const multicast = {
  4: new IpRange(4, 224n << 24n, 4),
  6: new IpRange(6, 0xffn << 120n, 8),
} as const;

export function isLoopback(range: IpRange): boolean {
  return isInRange(range, loopback[range.version]);
}

export function isMulticast(range: IpRange): boolean {
  return isInRange(range, multicast[range.version]);
}
