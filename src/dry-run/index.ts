export {
  type Change,
  type ReplayAnswer,
  type ReplayParts,
  type ReplayQuestion,
  unjudged,
} from './door.ts';
export {
  type Explained,
  type Explaining,
  type ExplainParts,
  explainRecord,
  isDecision,
  type Nearest,
  nearestTried,
  type Story,
} from './explain/index.ts';
export { type DryAnswer, type DryCall, judgeCall } from './judge-call.ts';
export { replay } from './replay.ts';
export { Turns } from './turns.ts';
export { type TriedAnswer, type TriedCall, tryCall } from './try-call.ts';
export { type Verdict, verdictOf, verdictText, wayOf } from './verdict.ts';
