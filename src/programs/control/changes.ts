import {
  type ChangeDeskParts,
  type Compiler,
  type CompilerParts,
  createChangeDesk,
  createDocumentDesk,
  heldFolder,
  reviewGate,
} from '#config/index.ts';
import { isReviewed } from '#contracts/config-mode.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import type { Desks } from '#api/index.ts';
import { documentKinds } from '../catalogue.ts';
import { tell } from '../child.ts';
import type { ControlSettings } from '../settings.ts';

interface Parts {
  readonly store: Store;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly settings: Pick<ControlSettings, 'configMode' | 'environment' | 'tenant'>;
  readonly compiler: Compiler;
  readonly keys: ChangeDeskParts['keys'];
}

/** What people do to documents: one at a time, and many by a plan. */
export function openDocumentDesks(of: Parts) {
  const parts = changeParts(of);
  const waits = reviewGate(parts);
  const gate: typeof waits = async (act, step) => {
    if (await isReviewedIn(of, act.by.tenant)) await waits(act, step);
  };
  return {
    documents: createDocumentDesk({ ...parts, gate }),
    changes: createChangeDesk(parts),
  };
}

/** Where this is, and what of the folder comes into force now, where what is risky waits. */
export function folderHeld(
  of: Omit<Parts, 'compiler'>,
  compiler: () => Compiler,
): Pick<CompilerParts, 'environment' | 'held'> {
  const { tenant, environment: name } = of.settings;
  return {
    environment:
      name === undefined ? undefined : { kind: 'Environment', name, path: ['--environment'] },
    held: async (read) =>
      (await isReviewedIn(of, tenant))
        ? heldFolder(changeParts({ ...of, compiler: compiler() }), tenant, read)
        : read,
  };
}

/** Asked at each change: it begins when somebody else is there, and not at the next start. */
function isReviewedIn({ store, settings, clock }: Omit<Parts, 'compiler'>, tenant: string) {
  const { documents, documentReviews: reviews } = store;
  return isReviewed(
    { documents, reviews },
    { mode: settings.configMode, tenant, now: clock.now() },
  );
}

const dueMs = 5_000;

/**
 * What waits is looked through at the start, when whoever edited the store is done, and what is over is closed as
 * time goes; answers how to stop.
 */
export async function followReviews(
  { store, desks: { changes } }: { readonly store: Store; readonly desks: Pick<Desks, 'changes'> },
  tenant: string,
): Promise<() => void> {
  const each = async (look: (of: string) => Promise<void>) => {
    try {
      const { spent } = await store.marks.current();
      for (const of of new Set([tenant, ...Object.keys(spent)])) await look(of);
    } catch (fault) {
      tell({ event: 'progress', text: `changes that wait: ${String(fault)}` });
    }
  };
  await each((of) => changes.look(of));
  const timer = setInterval(() => void each((of) => changes.endDue(of)), dueMs);
  return () => clearInterval(timer);
}

function changeParts({ store, recorder, clock, compiler, keys }: Parts): ChangeDeskParts {
  return {
    keys,
    recorder,
    clock,
    documents: store.documents,
    reviews: store.documentReviews,
    kinds: documentKinds,
    alone: (...of) => compiler.alone(...of),
    rehearse: (tenant, document) => compiler.rehearse(tenant, document),
    rehearseWithout: (...of) => compiler.rehearseWithout(...of),
    rehearseSteps: (tenant, steps) => compiler.rehearseSteps(tenant, steps),
    recompile: () => compiler.recompile(),
  };
}
