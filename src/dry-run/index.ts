export {
  type Change,
  type ReplayAnswer,
  type ReplayParts,
  type ReplayQuestion,
  unjudged,
} from './door.ts';
export { type DryAnswer, type DryCall, judgeCall } from './judge-call.ts';
export { propose, type Proposal } from './propose.ts';
export { replay } from './replay.ts';
