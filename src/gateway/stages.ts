import type { Stages } from './path.ts';
import { type AdmitParts, admitStage } from './stages/admit.ts';
import { type ApproveParts, approveStage } from './stages/approve.ts';
import { type DecideParts, decideStage } from './stages/decide.ts';
import { forwardStage } from './stages/forward.ts';
import { type IdentifyParts, identifyStage } from './stages/identify.ts';
import { type InspectInParts, inspectInStage } from './stages/inspect-in.ts';
import type { SignalParts } from './result-signals.ts';
import { type InspectOutParts, inspectOutStage } from './stages/inspect-out.ts';
import { type IntendParts, intendStage } from './stages/intend.ts';
import { type LendParts, lendStage } from './stages/lend.ts';
import { type ResolveParts, resolveStage } from './stages/resolve.ts';
import { type SettleParts, settleStage } from './stages/settle.ts';
import { type StandingParts, standingStage } from './stages/standing.ts';
import { tellStage } from './stages/tell.ts';
import {
  goesOnStage,
  inspectWindowStage,
  settleWindowStage,
  type SettleWindowParts,
} from './stages/window.ts';
import type { RaiseParts } from './result-labels.ts';

/** The planes and books that the stages ask. Each stage sees its own part of them and no more. */
export type StageParts = AdmitParts &
  IdentifyParts &
  StandingParts &
  ResolveParts &
  InspectInParts &
  DecideParts &
  ApproveParts &
  IntendParts &
  LendParts &
  RaiseParts &
  InspectOutParts &
  SignalParts &
  SettleParts &
  SettleWindowParts;

export function createStages(parts: StageParts): Stages {
  return {
    admit: admitStage(parts),
    identify: identifyStage(parts),
    standing: standingStage(parts),
    resolve: resolveStage(parts),
    tell: tellStage(),
    'inspect-in': inspectInStage(parts),
    decide: decideStage(parts),
    approve: approveStage(parts),
    intend: intendStage(parts),
    lend: lendStage(parts),
    forward: forwardStage(parts),
    'inspect-out': inspectOutStage(parts),
    settle: settleStage(parts),
    'goes-on': goesOnStage(parts),
    'inspect-window': inspectWindowStage(parts),
    'settle-window': settleWindowStage(parts),
  };
}
