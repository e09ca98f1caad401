import { adoptFile } from './adopt/commands.ts';
import {
  agentAdd,
  agentList,
  agentResume,
  agentReview,
  agentSuspend,
  agentToken,
  instanceRevoke,
} from './agent/commands.ts';
import { approvalActivity } from './approval/activity.ts';
import {
  approvalApprove,
  approvalList,
  approvalReject,
  approvalShow,
} from './approval/commands.ts';
import { auditAcceptMissing } from './audit/accept-missing.ts';
import { auditAnnotate } from './audit/annotate.ts';
import { auditArchiveFetch } from './audit/archive.ts';
import { auditCheckBundle } from './audit/check-bundle.ts';
import { auditCount } from './audit/count.ts';
import { auditExport } from './audit/export.ts';
import { auditBeginAnew } from './audit/begin-anew.ts';
import { auditShow, auditTail } from './audit/commands.ts';
import { auditCertificate, auditCheckCertificate, auditErase } from './audit/erase.ts';
import {
  auditAgree,
  auditHoldAdd,
  auditHoldList,
  auditHoldMend,
  auditHoldRelease,
} from './audit/hold.ts';
import { auditExports } from './audit/exports.ts';
import { auditFsck, auditIndexRebuild, auditIndexState } from './audit/index-commands.ts';
import { auditKeys } from './audit/keys.ts';
import { auditProve } from './audit/prove.ts';
import { auditQuery, auditTimeline, auditViews } from './audit/query.ts';
import { auditReveal } from './audit/reveal.ts';
import { auditRetention } from './audit/retention.ts';
import { auditSource } from './audit/source.ts';
import { auditVerify } from './audit/verify.ts';
import { evidenceList, evidenceMake, evidenceVerify } from './evidence/commands.ts';
import { backupTake, backupVerify, restore } from './backup/commands.ts';
import type { Command } from './command.ts';
import { completion, completionWords } from './completion/commands.ts';
import { connect } from './connect/commands.ts';
import { lockCheck, lockExport, lockImport } from './lock/commands.ts';
import { manifestSuggest } from './manifest/suggest.ts';
import { suggestFlow } from './server/suggest-flow.ts';
import { taskFlow } from './task/flow.ts';
import {
  personAdd,
  personElevate,
  personList,
  personMend,
  personRemove,
  personSetRoles,
} from './person/commands.ts';
import { explain } from './document/explain.ts';
import { describe, diff, exportDocuments, get, history } from './document/look.ts';
import { apply, plan, rollback } from './document/plan.ts';
import { changeApprove, changeList, changeReject, changeShow } from './document/review.ts';
import { validate } from './document/validate.ts';
import { effectList, effectReconcile } from './effect/commands.ts';
import { flowClean, flowObjects, flowRelease } from './flow/commands.ts';
import {
  directoryTokenCreate,
  directoryTokenEnd,
  directoryTokenList,
} from './directory/commands.ts';
import { overrideEnd, overrideGive, overrideList, overrideReview } from './override/commands.ts';
import { passkeyList, passkeyRemove } from './passkey/commands.ts';
import { policyCheck } from './policy/commands.ts';
import { policyExplain } from './policy/explain.ts';
import { policyReplay } from './policy/replay.ts';
import { policyShadowReport } from './policy/shadow.ts';
import { policyTry } from './policy/try.ts';
import { serverAdd } from './server/add.ts';
import { manifestAdd, secretRemove, secretSet } from './server/commands.ts';
import { serverList, serverLogs, serverRemove, serverShow } from './server/look.ts';
import { serverPhase } from './server/phase.ts';
import { setup, status } from './status.ts';
import { login } from './login.ts';
import { release, stop } from './stop/commands.ts';
import { consentList, consentNarrow, consentShow, consentWithdraw } from './consent/commands.ts';
import { delegationEnd, delegationList } from './delegation/commands.ts';
import { sessionEnd, sessionList } from './session/commands.ts';
import { taskBegin } from './task/begin.ts';
import { taskEnd, taskList, taskShow } from './task/commands.ts';
import { tokenCreate, tokenList, tokenRevoke } from './token/commands.ts';
import { toolApprove } from './tool/approve.ts';
import { toolReject } from './tool/reject.ts';
import { toolDiff, toolList } from './tool/commands.ts';
import { toolGates } from './tool/gates.ts';
import { witnessServe } from './witness/serve.ts';

/** Every verb, in the order that help shows them. */
export const commands: readonly Command[] = [
  setup,
  login,
  status,
  personAdd,
  personList,
  personSetRoles,
  personRemove,
  personMend,
  directoryTokenCreate,
  directoryTokenList,
  directoryTokenEnd,
  personElevate,
  tokenCreate,
  tokenList,
  tokenRevoke,
  passkeyList,
  passkeyRemove,
  agentAdd,
  agentList,
  agentToken,
  agentSuspend,
  agentResume,
  agentReview,
  instanceRevoke,
  connect,
  adoptFile,
  manifestAdd,
  manifestSuggest,
  suggestFlow,
  serverAdd,
  serverList,
  serverShow,
  serverLogs,
  serverPhase,
  serverRemove,
  secretSet,
  secretRemove,
  toolList,
  toolGates,
  toolDiff,
  toolApprove,
  toolReject,
  lockExport,
  lockCheck,
  lockImport,
  approvalList,
  approvalShow,
  approvalActivity,
  approvalApprove,
  approvalReject,
  overrideGive,
  overrideList,
  overrideReview,
  overrideEnd,
  validate,
  explain,
  plan,
  apply,
  get,
  describe,
  history,
  diff,
  exportDocuments,
  rollback,
  changeList,
  changeShow,
  changeApprove,
  changeReject,
  policyCheck,
  policyExplain,
  policyTry,
  policyReplay,
  policyShadowReport,
  stop,
  release,
  consentList,
  consentShow,
  consentNarrow,
  consentWithdraw,
  delegationList,
  delegationEnd,
  sessionList,
  sessionEnd,
  taskList,
  taskShow,
  taskFlow,
  taskBegin,
  taskEnd,
  effectList,
  effectReconcile,
  flowObjects,
  flowClean,
  flowRelease,
  auditTail,
  auditQuery,
  auditCount,
  auditViews,
  auditTimeline,
  auditShow,
  auditSource,
  auditAnnotate,
  auditProve,
  auditKeys,
  auditVerify,
  auditArchiveFetch,
  auditAcceptMissing,
  auditRetention,
  auditExport,
  auditCheckBundle,
  auditReveal,
  auditErase,
  auditCertificate,
  auditCheckCertificate,
  auditHoldAdd,
  auditAgree,
  auditHoldRelease,
  auditHoldMend,
  auditHoldList,
  auditExports,
  auditFsck,
  auditIndexState,
  auditIndexRebuild,
  auditBeginAnew,
  evidenceList,
  evidenceMake,
  evidenceVerify,
  backupTake,
  backupVerify,
  restore,
  witnessServe,
  completion,
  completionWords(() => commands),
];
