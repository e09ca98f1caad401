/** The engine did not answer; the caller denies or reports a problem. */
export class CedarFault extends Error {
  override readonly name = 'CedarFault';
}
