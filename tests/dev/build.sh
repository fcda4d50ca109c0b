# Building the server with CMake. Sourced by dev.

# build_in FOLDER TARGETS [CMAKE_ARGUMENT...]: configures FOLDER if it is new (or was copied from another checkout)
# and builds TARGETS in it.
build_in() {
    local folder=$root/$1 targets=$2 was
    shift 2
    was=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt" 2>/dev/null || true)
    if [ -n "$was" ] && [ "$was" != "$root" ]; then
        rm -rf "$folder" # it was configured for another place
    fi
    if [ ! -f "$folder/CMakeCache.txt" ]; then
        cmake -S "$root" -B "$folder" -G Ninja "$@" || return 1
    elif [ $# -gt 0 ]; then
        cmake -S "$root" -B "$folder" "$@" || return 1
    fi
    # shellcheck disable=SC2086 # targets are words
    cmake --build "$folder" --target $targets || return 1
}

build_server() {
    [ -f "$root/CMakeLists.txt" ] || fail "there is no CMakeLists.txt yet: nothing to build"
    step "building the server (build/gachapon)" build_in build "${1:-gachapon}"
    [ -x "$root/build/gachapon" ] || fail "the build made no build/gachapon"
}

# run_simulation [--minutes N] [--from SEED] ... | --breaks [NAME...]: a build of its own, without sanitizers, as seeds count.
run_simulation() {
    step "building the simulation (build-sim)" build_in build-sim simulation -DCMAKE_BUILD_TYPE=Release
    if [ "${1:-}" = --breaks ]; then
        shift
        exec "$python" "$root/tests/sim/check_breaks.py" "$root/build-sim" "$@"
    fi
    case " $* " in
    *" --minutes "* | *" --seeds "* | *" --seed "*) ;;
    *) set -- --minutes 1 "$@" ;;
    esac
    exec "$root/build-sim/tests/sim/sim" --progress "$@"
}
