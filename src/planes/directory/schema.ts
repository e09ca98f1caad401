/** What of a resource is kept; names are compared without the size of their letters (RFC 7643 §2.1). */
export interface ResourceSchema {
  readonly type: 'User' | 'Group';
  readonly urn: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** Known, and neither kept nor a mistake: nobody here needs them. */
  readonly passedOver: ReadonlySet<string>;
}

export type Attribute =
  | { readonly kind: 'text'; readonly isRequired?: true }
  | { readonly kind: 'boolean' }
  | {
      readonly kind: 'complex' | 'many';
      readonly parts: Readonly<Record<string, 'text' | 'boolean'>>;
      readonly passedOver: ReadonlySet<string>;
    };

export const userSchema: ResourceSchema = {
  type: 'User',
  urn: 'urn:ietf:params:scim:schemas:core:2.0:User',
  attributes: {
    userName: { kind: 'text', isRequired: true },
    externalId: { kind: 'text' },
    displayName: { kind: 'text' },
    active: { kind: 'boolean' },
    name: {
      kind: 'complex',
      parts: { formatted: 'text', givenName: 'text', familyName: 'text' },
      passedOver: named('middleName honorificPrefix honorificSuffix'),
    },
    emails: {
      kind: 'many',
      parts: { value: 'text', type: 'text', primary: 'boolean' },
      passedOver: named('display'),
    },
  },
  passedOver: named(
    'schemas id meta groups password nickName profileUrl title userType preferredLanguage locale',
    'timezone phoneNumbers ims photos addresses entitlements roles x509Certificates',
  ),
};

export const groupSchema: ResourceSchema = {
  type: 'Group',
  urn: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  attributes: {
    displayName: { kind: 'text', isRequired: true },
    externalId: { kind: 'text' },
    members: {
      kind: 'many',
      parts: { value: 'text' },
      passedOver: named('type display $ref'),
    },
  },
  passedOver: named('schemas id meta'),
};

function named(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.toLowerCase().split(' ')));
}

export type Named =
  | { readonly kind: 'kept'; readonly name: string }
  | { readonly kind: 'passed-over' }
  | { readonly kind: 'unknown' };

/** The name as it is kept; `passed-over` and `unknown` are not. */
export function attributeNamed(
  {
    attributes,
    passedOver,
  }: Pick<ResourceSchema, 'passedOver'> & {
    readonly attributes: Readonly<Record<string, unknown>>;
  },
  given: string,
): Named {
  const asked = given.toLowerCase();
  const name = Object.keys(attributes).find((one) => one.toLowerCase() === asked);
  if (name !== undefined) return { kind: 'kept', name };
  // Attributes of an extension stand under its URN; none is kept here.
  const isExtension = asked.startsWith('urn:');
  return { kind: isExtension || passedOver.has(asked) ? 'passed-over' : 'unknown' };
}

/** Without the URN of the resource's own schema, which may stand before each of its attributes. */
export function withoutUrn({ urn }: ResourceSchema, path: string): string {
  const prefix = `${urn}:`;
  return path.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase()
    ? path.slice(prefix.length)
    : path;
}
