import type { Import } from './imports.ts';

/**
 * Rooms whose members stand side by side: each can be taken away without another one noticing. Of
 * adapters the members are the vendors of one kind; a folder that no vendor is, is theirs together.
 */
const rooms: readonly { readonly member: RegExp; readonly shared: readonly string[] }[] = [
  { member: /^(src\/gateway\/stages)\/([a-z-]+)\.ts$/, shared: [] },
  { member: /^(src\/gateway\/actions)\/([a-z-]+)\.ts$/, shared: [] },
  { member: /^(src\/adapters\/[a-z-]+)\/([a-z-]+)\//, shared: ['wire'] },
];

/** The name of the room in which one member knows another; undefined when all is well. */
export function siblings({ from, to }: Import): string | undefined {
  for (const { member, shared } of rooms) {
    const [, room, one] = member.exec(from) ?? [];
    const [, other, target] = member.exec(to) ?? [];
    if (room === undefined || room !== other || one === target) continue;
    if (target === undefined || !shared.includes(target)) return room;
  }
  return undefined;
}
