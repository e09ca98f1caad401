import { labelOf } from './profile-labels.ts';

/** What V8 writes: a tree of frames, and which of them ran at each sample. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

export interface Share {
  readonly label: string;
  /** Microseconds in which a frame of it was the one that ran. */
  readonly selfUs: number;
  /** Microseconds in which a frame of it stood anywhere in the stack. */
  readonly inclusiveUs: number;
}

export interface Grouped {
  /** Without what was idle. */
  readonly busyUs: number;
  readonly stages: readonly Share[];
  readonly rooms: readonly Share[];
  readonly internals: readonly Share[];
  readonly functions: readonly Share[];
}

export interface FrameLabels {
  /** A stage of the pipeline: `identify`. */
  readonly stage: string | undefined;
  /** A folder of the product, or a package: `planes/audit`, `undici`. */
  readonly room: string | undefined;
  /** A part of Node, or of V8: `HTTP out`, `gc`. */
  readonly internal: string | undefined;
  /** The function and its file. */
  readonly name: string;
}

type Kind = 'stage' | 'room' | 'internal' | 'name';

/** Where the time went. A frame without a file of its own belongs to whoever called it. */
export function groupProfile(profile: CpuProfile): Grouped {
  const parents = parentsOf(profile.nodes);
  const selfUs = selfTimes(profile);
  const labels = new Map<number, FrameLabels>();
  for (const node of profile.nodes) labels.set(node.id, labelOf(node.callFrame));
  const tallies = {
    stage: new Tally(),
    room: new Tally(),
    internal: new Tally(),
    name: new Tally(),
  };
  let busyUs = 0;
  for (const [id, us] of selfUs) {
    if (labels.get(id)?.name === '(idle)') continue;
    busyUs += us;
    const stack = stackOf(id, parents, labels);
    for (const kind of Object.keys(tallies) as Kind[]) tallies[kind].add(stack, kind, us);
  }
  return {
    busyUs,
    stages: tallies.stage.shares(),
    rooms: tallies.room.shares(),
    internals: tallies.internal.shares(),
    functions: tallies.name.shares(),
  };
}

function parentsOf(nodes: readonly ProfileNode[]): Map<number, number> {
  const parents = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  return parents;
}

/** The delta before a sample is the time for which the sample before it ran. */
function selfTimes({ samples = [], timeDeltas = [] }: CpuProfile): Map<number, number> {
  const times = new Map<number, number>();
  for (const [at, id] of samples.entries()) {
    const us = Math.max(0, timeDeltas[at + 1] ?? 0);
    times.set(id, (times.get(id) ?? 0) + us);
  }
  return times;
}

/** From the frame that ran up to the root. */
function stackOf(
  id: number,
  parents: ReadonlyMap<number, number>,
  labels: ReadonlyMap<number, FrameLabels>,
): FrameLabels[] {
  const stack: FrameLabels[] = [];
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const found = labels.get(at);
    if (found !== undefined) stack.push(found);
  }
  return stack;
}

class Tally {
  readonly #self = new Map<string, number>();
  readonly #inclusive = new Map<string, number>();

  add(stack: readonly FrameLabels[], kind: Kind, us: number): void {
    const ran = ranAs(stack, kind);
    if (ran !== undefined) this.#self.set(ran, (this.#self.get(ran) ?? 0) + us);
    const seen = new Set<string>();
    for (const frame of stack) {
      const label = frame[kind];
      if (label === undefined || label === '' || seen.has(label)) continue;
      seen.add(label);
      this.#inclusive.set(label, (this.#inclusive.get(label) ?? 0) + us);
    }
  }

  shares(): Share[] {
    return [...this.#inclusive]
      .map(([label, inclusiveUs]) => ({
        label,
        inclusiveUs,
        selfUs: this.#self.get(label) ?? 0,
      }))
      .toSorted((a, b) => b.inclusiveUs - a.inclusiveUs);
  }
}

/**
 * Whose time it was. A native function has neither room nor stage: it is its caller's, so the first
 * frame that has any room at all, or is a part of Node, answers.
 */
function ranAs(stack: readonly FrameLabels[], kind: Kind): string | undefined {
  const owner = stack.find((frame) =>
    kind === 'name' ? frame.name !== '' : frame.room !== undefined || frame.internal !== undefined,
  );
  return owner?.[kind];
}
