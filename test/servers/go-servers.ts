import { goPart } from '../clients/go-parts.ts';
import type { ForeignServer } from './server.ts';

/** What it asks its caller in mid-call is the business of the conformance suite. */
export const goServers: readonly ForeignServer[] = [
  {
    name: 'go sdk everything 1.8.0',
    connect: { command: goPart('everything'), args: [] },
    calls: [
      { tool: 'test_simple_text', arguments: {} },
      { tool: 'test_image_content', arguments: {} },
      { tool: 'test_audio_content', arguments: {}, uneven: true },
      { tool: 'test_embedded_resource', arguments: {}, uneven: true },
      { tool: 'test_multiple_content_types', arguments: {}, uneven: true },
      { tool: 'test_tool_with_progress', arguments: {}, uneven: true },
      { tool: 'test_error_handling', arguments: {} },
    ],
  },
];
