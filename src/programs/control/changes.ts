import {
  type ChangeDeskParts,
  type Compiler,
  type CompilerParts,
  createChangeDesk,
  createDocumentDesk,
  followReviews,
  heldFolder,
  reviewGate,
} from '#config/index.ts';
import { isReviewed } from '#contracts/config-mode.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { Store } from '#contracts/store.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import type { Desks } from '#api/index.ts';
import { documentKinds } from '../catalogue.ts';
import { tell } from '../child.ts';
import type { ProgramLog } from '../program-log.ts';
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
  given: Omit<Parts, 'clock' | 'compiler' | 'keys'> & { readonly log: Pick<ProgramLog, 'tenants'> },
  compiler: () => Compiler,
): Pick<CompilerParts, 'environment' | 'held'> {
  const of = { ...given, clock: systemClock, keys: given.log.tenants };
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

/** What of the settings is about the log that control writes. */
export function loggedAs(settings: ControlSettings) {
  const { diskLevels, secondSignature, environment } = settings;
  return { diskLevels, secondSignature, environment };
}

/** Asked at each change: it begins when somebody else is there, and not at the next start. */
function isReviewedIn({ store, settings, clock }: Omit<Parts, 'compiler'>, tenant: string) {
  const { documents, documentReviews: reviews } = store;
  return isReviewed(
    { documents, reviews },
    { mode: settings.configMode, tenant, now: clock.now() },
  );
}

/** From the start on, whoever asks or not. */
export function lookAtReviews(
  { store, desks: { changes } }: { readonly store: Store; readonly desks: Pick<Desks, 'changes'> },
  tenant: string,
): Promise<() => void> {
  return followReviews({
    changes,
    tenants: async () => [
      ...new Set([tenant, ...Object.keys((await store.marks.current()).spent)]),
    ],
    onFault: (fault) => tell({ event: 'progress', text: `changes that wait: ${String(fault)}` }),
  });
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
