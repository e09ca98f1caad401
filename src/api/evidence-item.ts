import type { EvidenceHealth } from '#planes/evidence/index.ts';

interface Item {
  readonly item: 'evidence';
  readonly state: 'red' | 'amber' | 'green';
  readonly why: string;
}

/** Whether what auditors are owed is made; nothing where no pack was asked for. */
export function evidenceItem({ packs, problems }: EvidenceHealth): Item | undefined {
  if (packs.length === 0) return undefined;
  const item = 'evidence';
  if (problems.length > 0) {
    return {
      item,
      state: 'red',
      why: `not as it should be, and looked at again: ${problems.join('; ')}`,
    };
  }
  const due = packs.filter((one) => one.due > 0).map(({ name, due: count }) => `${name} ${count}`);
  if (due.length > 0) {
    return { item, state: 'amber', why: `periods that are being made: ${due.join(', ')}` };
  }
  if (packs.some(({ newest }) => newest === undefined)) {
    return { item, state: 'amber', why: 'nobody has looked yet what is there' };
  }
  const made = packs.map(({ name, newest }) => `${name} to ${newest ?? ''}`);
  return { item, state: 'green', why: `made: ${made.join(', ')}` };
}
