import { describe, expect, it } from 'vitest';
import { installStrangers } from '../clients/strangers.ts';
import { askDirectly } from './server-sets.ts';
import { allSets, fewOfClients, rowOf } from './sets.ts';

const missing = await installStrangers();
if (missing !== undefined) console.warn(`NOT RUN: the official conformance suite: ${missing}`);

/** Extensions that the fixture does not have. */
const unserved = /^(tasks-|sep-2640-)/;
const isSoak = process.env['BAILIWICK_STRANGERS'] === 'all';
const serverSets = allSets().filter(({ name }) => name.startsWith('server-'));
/** Those for the upstream face take minutes: CI runs two scenarios of them, the soak all, in both eras. */
const clientSets = isSoak
  ? allSets().filter(({ name }) => name.startsWith('client-'))
  : fewOfClients();

describe.runIf(missing === undefined)('the official conformance suite', () => {
  it.each(['2026-07-28', '2025-11-25'])(
    'finds nothing wrong with the server that the gateway is tried with, in revision %s',
    async (revision) => {
      const failed = [...(await askDirectly(revision))].filter(
        ([check, { verdict }]) => verdict === 'FAILURE' && !unserved.test(check),
      );
      expect(failed).toEqual([]);
    },
  );

  it.each(serverSets)(
    'finds nothing lost through the gateway but what is written down with its reason: $name [D-07, D-09]',
    async (set) => {
      const { lost, stale } = await rowOf(set);
      expect({ lost, stale }).toEqual({ lost: [], stale: [] });
    },
    120_000,
  );

  it.each(clientSets)(
    'finds nothing wrong with the upstream face but what is written down with its reason: $name [D-07, D-09]',
    async (set) => {
      const { lost, stale, good } = await rowOf(set);
      expect({ lost, stale }).toEqual({ lost: [], stale: [] });
      expect(good).toBeGreaterThan(0);
    },
    600_000,
  );
});
