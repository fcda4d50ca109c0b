# Shared by the scripts of ./dev: where things are, how progress is shown, how a question is asked.
# Sourced by dev with `root` set to the checkout. Nothing here starts a server.

. "$root/tests/dev/versions.sh"

# The rule of harness/places.py: GACHAPON_CACHE, else .cache in the checkout, else ~/.cache/gachapon.
if [ -n "${GACHAPON_CACHE:-}" ]; then
    cache=$GACHAPON_CACHE
elif [ -w "$root/.cache" ] || { [ ! -e "$root/.cache" ] && [ -w "$root" ]; }; then
    cache=$root/.cache
else
    cache=${HOME:?}/.cache/gachapon
fi
export GACHAPON_CACHE=$cache
python=$cache/venv/bin/python
keycloak_home=$cache/keycloak-$keycloak_version
assume_yes=no

say() { printf '%s\n' "$*"; }
fail() {
    printf 'dev: %s\n' "$*" >&2
    exit 1
}

# step TEXT COMMAND...: runs COMMAND with its output in a log, shows TEXT, a moving count of seconds on a
# terminal, and the outcome. A failure shows the end of the log and ends the script.
step() {
    local text=$1 log began code=0
    shift
    mkdir -p "$cache/log"
    log=$cache/log/$(printf '%s' "$text" | tr -cs 'a-zA-Z0-9' '-' | cut -c1-60).log
    began=$SECONDS
    if [ -t 1 ]; then
        set -m # a process group of its own, so that Ctrl-C can end all of it
        "$@" >"$log" 2>&1 </dev/null &
        job=$!
        set +m
        trap 'kill -- "-$job" 2>/dev/null; exit 130' INT TERM
        while kill -0 "$job" 2>/dev/null; do
            printf '\r  %s ... %d s ' "$text" "$((SECONDS - began))"
            sleep 1
        done
        wait "$job" || code=$?
        trap - INT TERM
        printf '\r'
    else
        printf '  %s ...\n' "$text"
        ("$@") >"$log" 2>&1 </dev/null || code=$? # a shell of its own: a `fail` in there ends the step, and is shown below
    fi
    if [ "$code" != 0 ]; then
        printf '  %s ... FAILED (%d s)\n' "$text" "$((SECONDS - began))"
        tail -n 30 "$log" | sed 's/^/  | /' >&2
        fail "$text failed (exit $code); all of its output is in $log"
    fi
    printf '  %s ... done (%d s)\n' "$text" "$((SECONDS - began))"
}

# confirm TEXT: asks on a terminal; without one, or with --yes, goes on.
confirm() {
    [ "$assume_yes" = yes ] && return 0
    [ -t 0 ] && [ -t 1 ] || return 0
    local answer
    read -r -p "$1 [Y/n] " answer
    case $answer in '' | y | Y | yes | Yes) return 0 ;; esac
    fail "nothing was installed"
}

# as_root COMMAND...: directly, or through sudo.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        root_is_reachable || fail "this needs root, and there is no sudo: $*"
        sudo "$@"
    fi
}

root_is_reachable() { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
