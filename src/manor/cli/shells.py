# SPDX-License-Identifier: Apache-2.0
"""Completion scripts for bash, zsh and fish.

The scripts ask `manor completion --words`, so what they offer is what the commands' own tables and the connection
know; there is nothing in them to grow old.
"""

from __future__ import annotations

BASH = """\
# bash completion for manor: source this file, or put it into a folder of completions as `manor`.
_manor()
{
    local cur words cword IFS=$'\\n'
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n : cur words cword
    else
        words=("${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=${words[cword]}
    fi
    COMPREPLY=($(manor --quiet completion --words -- "${words[@]:1:cword-1}" "$cur" 2>/dev/null))
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == */ ]]; then
        compopt -o nospace 2>/dev/null
    fi
    if declare -F __ltrim_colon_completions >/dev/null; then
        __ltrim_colon_completions "$cur"
    fi
}
complete -F _manor manor
"""

ZSH = """\
#compdef manor
# zsh completion for manor: put this file into a folder of $fpath as `_manor`.
_manor()
{
    local -a before found
    before=("${words[@]:1:$((CURRENT-2))}")
    found=("${(@f)$(manor --quiet completion --words -- "${before[@]}" "${words[CURRENT]}" 2>/dev/null)}")
    [[ -n "${found[1]}" ]] && compadd -U -a found
}
if [[ "$funcstack[1]" == _manor ]]; then
    _manor "$@"
else
    compdef _manor manor
fi
"""

FISH = """\
# fish completion for manor: put this file into ~/.config/fish/completions as `manor.fish`.
function __manor_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    manor --quiet completion --words -- $words[2..-1] "$current" 2>/dev/null
end
complete --command manor --no-files --arguments '(__manor_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
"""By the name of the shell."""
