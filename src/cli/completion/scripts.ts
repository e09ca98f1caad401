/** Thin: what is proposed is said by `completion words`, which knows every command. */
export const scripts = {
  bash: `# source <(bailiwick completion bash)
_bailiwick() {
  local told
  told=$("\${COMP_WORDS[0]}" completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=()
  if [ "$told" = ":files" ]; then
    compopt -o default
    return
  fi
  local line
  while IFS= read -r line; do
    [ -n "$line" ] && COMPREPLY+=("\${line%%$'\\t'*}")
  done <<<"$told"
}
complete -F _bailiwick bailiwick ./bailiwick
`,
  zsh: `#compdef bailiwick
# source <(bailiwick completion zsh), behind compinit
_bailiwick() {
  local -a lines told
  local line
  lines=("\${(@f)$("\${words[1]}" completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == ":files" ]]; then
    _files
    return
  fi
  for line in "\${lines[@]}"; do
    [[ -n "$line" ]] && told+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe bailiwick told
}
compdef _bailiwick bailiwick
`,
  fish: `# bailiwick completion fish | source
function __bailiwick_complete
  set -l given (commandline -opc) (commandline -ct)
  set -l told ($given[1] completion words -- $given[2..] 2>/dev/null)
  if test "$told" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $told
  end
end
complete -c bailiwick -f -a '(__bailiwick_complete)'
`,
} as const satisfies Record<string, string>;
