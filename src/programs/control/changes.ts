import {
  type ChangeDeskParts,
  type Compiler,
  type CompilerParts,
  createChangeDesk,
  createDocumentDesk,
  heldFolder,
  reviewGate,
} from '#config/index.ts';
import type { DeskRecorder } from '#contracts/desk.ts';
import type { Store } from '#contracts/store.ts';
import type { Clock } from '#kernel/time.ts';
import { documentKinds } from '../catalogue.ts';
import type { ControlSettings } from '../settings.ts';

interface Parts {
  readonly store: Store;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly settings: Pick<ControlSettings, 'configMode' | 'tenant'>;
  readonly compiler: Compiler;
}

/** What people do to documents: one at a time, and many by a plan. */
export function openDocumentDesks(of: Parts) {
  const parts = changeParts(of);
  const gate = of.settings.configMode === 'review' ? { gate: reviewGate(parts) } : {};
  return {
    documents: createDocumentDesk({ ...parts, ...gate }),
    changes: createChangeDesk(parts),
  };
}

/** Where what is risky waits: what of the folder comes into force now. */
export function folderHeld(
  of: Omit<Parts, 'compiler'>,
  compiler: () => Compiler,
): Pick<CompilerParts, 'held'> {
  if (of.settings.configMode === 'follow') return {};
  return {
    held: (read) =>
      heldFolder(changeParts({ ...of, compiler: compiler() }), of.settings.tenant, read),
  };
}

function changeParts({ store, recorder, clock, compiler }: Parts): ChangeDeskParts {
  return {
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
