import { join } from 'node:path';
import { readBaseline } from './baseline.ts';
import { type Comparison, compare } from './compare.ts';
import { askDirectly, askThrough, serverSets } from './server-sets.ts';
import { askClient, type Check, type Checks, clientScenarios } from './suite.ts';
import { isTried } from './upstream-scripts.ts';

export interface Set {
  readonly name: string;
  /** The official fixture's own result, where there is one to compare with. */
  readonly direct: () => Promise<Checks>;
  readonly through: () => Promise<Checks>;
}

const clientCommand = `${process.execPath} ${join(import.meta.dirname, 'upstream-client.ts')}`;

/** Every set that is run: servers of both revisions behind the gateway, and its own upstream face. */
export function allSets(): readonly Set[] {
  const direct = remembered(askDirectly);
  return [
    ...serverSets.map((set) => ({
      name: set.name,
      direct: () => direct(set.revision),
      through: () => askThrough(set),
    })),
    ...['2026-07-28', '2025-11-25'].map((revision) => ({
      name: `client-${revision}`,
      // A client has nothing to be compared with: every check that fails is lost.
      direct: () => Promise.resolve(new Map()),
      through: () => askClients(revision),
    })),
  ];
}

/** One after another: each boots a gateway. What nothing is written for is lost, without a try. */
async function askClients(revision: string): Promise<Checks> {
  const all = new Map<string, Check>();
  for (const scenario of clientScenarios(revision)) {
    if (isTried(scenario)) {
      for (const [name, check] of await askClient(clientCommand, scenario, revision)) {
        all.set(name, check);
      }
    } else all.set(`${scenario}:not-tried`, { verdict: 'FAILURE', why: 'nothing drives it' });
  }
  return all;
}

export interface Row extends Comparison {
  readonly set: string;
  readonly good: number;
  readonly seconds: number;
}

export async function rowOf({ name, direct, through }: Set): Promise<Row> {
  const before = await direct();
  const started = performance.now();
  const after = await through();
  const seconds = (performance.now() - started) / 1000;
  const good = [...after.values()].filter(({ verdict }) => verdict === 'SUCCESS').length;
  return { set: name, good, seconds, ...compare(before, after, readBaseline()[name] ?? []) };
}

function remembered<T>(ask: (revision: string) => Promise<T>): (revision: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (revision) => {
    const answer = known.get(revision) ?? ask(revision);
    known.set(revision, answer);
    return answer;
  };
}
