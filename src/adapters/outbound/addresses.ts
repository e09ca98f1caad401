import { BlockList, isIP } from 'node:net';

/** Where nobody outside has anything to name: private, loopback, link-local, shared, reserved, multicast. */
const kept = new BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  kept.addSubnet(address, bits, 'ipv4');
}

/** Of the sixth version only global unicast is out there, and not all of it. */
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');
const kept6 = new BlockList();
for (const [address, bits] of [
  // Documentation, benchmarks, and what carries an address of the fourth version inside.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  kept6.addSubnet(address, bits, 'ipv6');
}

/** Whether this is an address of the world outside. INVARIANT: what it does not understand is not. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !kept.check(address, 'ipv4');
  if (version !== 6) return false;
  return global6.check(address, 'ipv6') && !kept6.check(address, 'ipv6');
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export function isLoopbackAddress(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && loopback.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
