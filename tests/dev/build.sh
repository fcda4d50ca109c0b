# Building the server with CMake. Sourced by dev.

# build_in FOLDER [CMAKE_ARGUMENT...]: configures FOLDER if it is new (or was copied from another checkout) and
# builds it. Without arguments to CMake it is what `cmake -B build && cmake --build build` does.
build_in() {
    local folder=$root/$1 was
    shift
    was=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt" 2>/dev/null || true)
    if [ -n "$was" ] && [ "$was" != "$root" ]; then
        rm -rf "$folder" # it was configured for another place
    fi
    if [ ! -f "$folder/CMakeCache.txt" ]; then
        cmake -S "$root" -B "$folder" -G Ninja "$@" || return 1
    elif [ $# -gt 0 ]; then
        cmake -S "$root" -B "$folder" "$@" || return 1
    fi
    cmake --build "$folder" || return 1
}

build_server() {
    [ -f "$root/CMakeLists.txt" ] || fail "there is no CMakeLists.txt yet: nothing to build"
    step "building the server (build/gachapon)" build_in build
    [ -x "$root/build/gachapon" ] || fail "the build made no build/gachapon"
}
