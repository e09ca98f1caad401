import { z } from 'zod';

const text = z.string();
const name = z.string().max(64);
const textPart = z.strictObject({ type: z.literal('text'), text });

/**
 * INVARIANT: a picture comes with the request. An address would make the provider fetch it, from
 * where its network reaches and with whatever the address says in its query.
 */
const inlineImage = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/;

export const remoteImage = 'must be a `data:` URL of a picture: the provider must fetch nothing';

const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: z.string().refine((url) => inlineImage.test(url), remoteImage),
    detail: z.enum(['auto', 'low', 'high']).optional(),
  }),
});

const refusalPart = z.strictObject({ type: z.literal('refusal'), refusal: text });

const texts = z.union([text, z.array(textPart).min(1)]);

const toolCall = z.strictObject({
  id: z.string().max(256),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().max(256), arguments: text }),
});

const instruction = { content: texts, name: name.optional() };

const message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), ...instruction }),
  z.strictObject({ role: z.literal('developer'), ...instruction }),
  z.strictObject({
    role: z.literal('user'),
    content: z.union([text, z.array(z.discriminatedUnion('type', [textPart, imagePart])).min(1)]),
    name: name.optional(),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z
      .union([text, z.array(z.discriminatedUnion('type', [textPart, refusalPart])).min(1)])
      .nullish(),
    refusal: text.nullish(),
    reasoning_content: text.nullish(),
    name: name.optional(),
    tool_calls: z.array(toolCall).max(128).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), content: texts, tool_call_id: z.string().max(256) }),
]);

export const messages = z.array(message).min(1).max(10_000);
