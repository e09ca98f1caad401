import type { JsonObject } from '#kernel/json/value.ts';
import { library } from './yaml-library.ts';

/** A text that a block shows as it is: no line that ends in a space, and nothing but what every editor shows. */
const plainLines = /^[!-~](?:[ -~]*[!-~])?(?:\n(?:[ -~]*[!-~])?)*\n?$/;

/** A document as a file. INVARIANT: `readYaml` reads exactly this back. */
export function documentText(document: {
  readonly kind: string;
  readonly name: string;
  readonly spec: JsonObject;
}): string {
  const { Document, isScalar, visit } = library();
  const { kind, name, spec } = document;
  const yaml = new Document(
    { kind, name, spec },
    { version: '1.2', schema: 'core', aliasDuplicateObjects: false },
  );
  visit(yaml, {
    Scalar(key, node) {
      if (key === 'key' || !isScalar(node) || typeof node.value !== 'string') return;
      const isBlock = node.value.includes('\n') && plainLines.test(node.value);
      if (isBlock) node.type = 'BLOCK_LITERAL';
      else if (!/^[a-z][a-z0-9_/-]*$/i.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return yaml.toString({ lineWidth: 0, doubleQuotedAsJSON: true });
}
