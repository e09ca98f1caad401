/** A schema that cannot be checked safely. Only `compileSchema` catches it. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

export function malformed(keyword: string): Unsupported {
  return new Unsupported(`the value of \`${keyword}\` is not what this keyword takes`);
}
