/** Whose token it is, and who brought it: it opens for nobody else. */
export interface CarriedOf {
  readonly tenant: string;
  readonly instance: string;
  readonly issuer: string;
  readonly subject: string;
}

/** A user's own token, as whoever brought it called its kind (RFC 8693 §3). */
export interface CarriedToken {
  readonly type: string;
  readonly token: string;
}

/** The half that lives with control: seals, and opens nothing. */
export interface CarriedSealer {
  seal(of: CarriedOf, what: CarriedToken): string;
}

/** The gateway's half. */
export interface CarriedOpener {
  /** Undefined when it was sealed for somebody else, or is no such thing. */
  open(of: CarriedOf, sealed: string): CarriedToken | undefined;
}
