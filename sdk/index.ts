export { type AgentFetchOptions, createAgentFetch } from './agent-fetch.ts';
export { type ChannelFetchOptions, createChannelFetch } from './channel-fetch.ts';
export { openAgent, type OpenAgent, type OpenAgentOptions } from './open-agent.ts';
export { createControlClient, type ControlClient, ControlProblem } from './control-client.ts';
export { enrol, type EnrolledIdentity, getToken, type AccessToken } from './enrol.ts';
export {
  clientCertificate,
  createServerCertificate,
  selfSignedCertificate,
} from './certificate.ts';
export { generateInstanceKey, importInstanceKey, type InstanceKey } from './key.ts';
export { createProof } from './proof.ts';
export {
  type IdentityHome,
  loadIdentity,
  type SavedIdentity,
  saveIdentity,
} from './identity-file.ts';
export {
  changeStopFile,
  readStopFileText,
  releaseNotesPath,
  type StopFileChange,
  stopFilePath,
  stopNamesPath,
  writeReleaseNote,
} from './stop-file.ts';
export {
  type AskedOf,
  createTransactionVerifier,
  type Transaction,
  TransactionProblem,
  type TransactionVerifier,
  type TransactionVerifierOptions,
} from './transaction.ts';
