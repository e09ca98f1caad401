import { join } from 'node:path';
import { readBaseline } from './baseline.ts';
import { type Comparison, compare, type Excused } from './compare.ts';
import { askDirectly, askThrough, serverSets } from './server-sets.ts';
import { askClient, type Check, type Checks, clientScenarios } from './suite.ts';
import { isTried } from './upstream-scripts.ts';

export interface Set {
  readonly name: string;
  /** The official fixture's own result, where there is one to compare with. */
  readonly direct: () => Promise<Checks>;
  readonly through: () => Promise<Checks>;
  /** Which scenarios of it are run; all of them where nothing is said. */
  readonly scenarios?: readonly string[];
  /** Another set, whose reasons are its own too; that one tells which of them are stale. */
  readonly like?: string;
}

const clientCommand = `${process.execPath} ${join(import.meta.dirname, 'upstream-client.ts')}`;

/** What drives the gateway while the suite looks at its upstream face: the scenario's own era, or the other one. */
type Driver = 'same' | 'other';

/** Every set that is run: servers of both revisions behind the gateway, and its own upstream face. */
export function allSets(): readonly Set[] {
  const direct = remembered(askDirectly);
  return [
    ...serverSets.map((set) => ({
      name: set.name,
      direct: () => direct(set.revision),
      through: () => askThrough(set),
    })),
    ...clientRevisions.map((revision) => clientSet(`client-${revision}`, revision, 'same')),
    ofOtherEra('client-2026-07-28-for-legacy', '2026-07-28'),
    ofOtherEra('client-2025-11-25-for-modern', '2025-11-25'),
  ];
}

const clientRevisions = ['2026-07-28', '2025-11-25'] as const;

/** A scenario of each revision that says much and takes little: what CI has time for. */
export function fewOfClients(): readonly Set[] {
  return [
    few('client-2026-07-28', '2026-07-28', 'http-standard-headers'),
    few('client-2025-11-25', '2025-11-25', 'tools_call'),
  ];
}

function few(name: string, revision: string, scenario: string): Set {
  return clientSet(name, revision, 'same', [scenario]);
}

/** The agent before the gateway speaks the other era than the server behind it. */
function ofOtherEra(name: string, revision: string): Set {
  return { ...clientSet(name, revision, 'other'), like: `client-${revision}` };
}

function clientSet(
  name: string,
  revision: string,
  driver: Driver,
  scenarios?: readonly string[],
): Set {
  return {
    name,
    // A client has nothing to be compared with: every check that fails is lost.
    direct: () => Promise.resolve(new Map()),
    through: () => askClients(revision, driver, scenarios ?? clientScenarios(revision)),
    ...(scenarios === undefined ? {} : { scenarios }),
  };
}

/** One after another: each boots a gateway. What nothing is written for is lost, without a try. */
async function askClients(
  revision: string,
  driver: Driver,
  scenarios: readonly string[],
): Promise<Checks> {
  const command = driver === 'same' ? clientCommand : `${clientCommand} --other-era`;
  const all = new Map<string, Check>();
  for (const scenario of scenarios) {
    if (isTried(scenario)) {
      for (const [name, check] of await askClient(command, scenario, revision)) {
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

export async function rowOf({ name, direct, through, scenarios, like }: Set): Promise<Row> {
  const before = await direct();
  const started = performance.now();
  const after = await through();
  const seconds = (performance.now() - started) / 1000;
  const good = [...after.values()].filter(({ verdict }) => verdict === 'SUCCESS').length;
  const written = readBaseline();
  const isRun = ({ check }: Excused): boolean =>
    scenarios === undefined || scenarios.includes(check.split(':')[0] ?? '');
  const own = (written[name] ?? []).filter(isRun);
  const shared = like === undefined ? [] : (written[like] ?? []);
  const { stale, ...compared } = compare(before, after, [...shared, ...own]);
  const isOwn = (check: string): boolean => own.some((one) => one.check === check);
  return { set: name, good, seconds, ...compared, stale: stale.filter(isOwn) };
}

function remembered<T>(ask: (revision: string) => Promise<T>): (revision: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (revision) => {
    const answer = known.get(revision) ?? ask(revision);
    known.set(revision, answer);
    return answer;
  };
}
