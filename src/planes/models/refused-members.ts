/** Members of a chat completion with which the provider would do something by itself, each with its reason. */
export const refusedMembers: Readonly<Record<string, string>> = {
  web_search_options: 'the provider would search the web by itself',
  store: 'the provider would keep the completion',
  metadata: 'it labels what the provider keeps',
  background: 'the provider would go on without anybody who watches',
  moderation: 'the provider would run another model on it',
  prompt_cache_key: 'the provider would keep the prompt under a name',
  prompt_cache_retention: 'the provider would keep the prompt',
  prompt_cache_options: 'the provider would keep the prompt',
  previous_response_id: 'it is state that the provider keeps',
  conversation: 'it is state that the provider keeps',
  mcp_servers: 'the provider would call tools by itself',
  plugins: 'the provider would run something by itself',
};

/** Members that are known and not served, each with its reason: a request does well without them. */
export const unservedMembers: Readonly<Record<string, string>> = {
  prediction: 'it is not served',
  audio: 'what is spoken cannot be looked through',
  functions: 'it was replaced by `tools`',
  function_call: 'it was replaced by `tool_choice`',
  logprobs: 'it tells every word a second time, past the scan',
  top_logprobs: 'it tells every word a second time, past the scan',
  extra_body: 'it is not part of the API',
};
