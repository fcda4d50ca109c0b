# What each subcommand needs, and how it is put there. Sourced by dev; `install_groups build postgres ...` is
# the one entry. Groups:
#   build      compiler, CMake and the server's libraries          (apt)
#   clang      a second compiler and git, for tests                (apt)
#   postgres   the server programs, without a cluster              (apt)
#   keycloak   Java and Maven, then the distribution into .cache   (apt, Maven)
#   faults     a clock that tests can turn; patch, for breaks       (apt)
#   browser    Chromium without a window, for tests and pictures   (apt)
#   mono       a C# compiler and runtime, for the Unity package    (apt)
#   python     python3, then an environment in .cache/venv         (apt, pip)
#   node       Node.js and npm; packages are pinned by the lock files, and installed by who builds them (apt)
#
# First everything that is missing is found out and listed, then asked once, then installed. Run again, it
# finds nothing missing and says nothing. Packages that are there are never upgraded by it.
#
# The distribution's own PostgreSQL: its package makes and starts a cluster on installation. A drop-in for
# createcluster.conf forbids that while we install, and is taken away again. Where PostgreSQL is already there
# nothing is installed, so no cluster of anybody's is touched, started or restarted.
#
# Names differ between releases: `a|b` means the first that this release has.

packages_build="gcc|build-essential libc6-dev make cmake ninja-build pkg-config|pkgconf libev-dev libwebsockets-dev libwebsockets-evlib-ev libpq-dev libmsgpack-dev|libmsgpack-c-dev libjwt-dev libcurl4-openssl-dev libssl-dev libjansson-dev libsodium-dev libcmocka-dev ca-certificates openssl"
packages_clang="clang git libclang-rt-dev|libclang-rt-14-dev"
packages_postgres="postgresql-15|postgresql-17|postgresql-16|postgresql postgresql-client"
packages_keycloak="openjdk-21-jre-headless|openjdk-17-jre-headless|default-jre-headless maven ca-certificates"
packages_faults="libfaketime patch"
packages_browser="chromium fonts-dejavu-core"
packages_mono="mono-mcs mono-runtime libmono-system4.0-cil libmono-system-core4.0-cil"
packages_python="python3 python3-venv ca-certificates"
packages_node="nodejs npm ca-certificates"
no_chromium="apt has no Chromium here (Ubuntu has it as a snap, which cannot see a test's folders): install Google Chrome, or name a
Chromium in GACHAPON_CHROMIUM, or leave the tests in a browser out with GACHAPON_CHROMIUM=none"

install_groups() {
    local group missing="" other=""
    if ! command -v apt-get >/dev/null; then
        check_without_apt "$@"
    else
        for group in "$@"; do
            group_is_there "$group" && continue
            local names=packages_$group
            missing="$missing $(not_installed ${!names})"
        done
        [ -z "${missing// /}" ] || [ -n "$(ls /var/lib/apt/lists/*Packages* 2>/dev/null)" ] || update_lists
        case " ${missing//$'\n'/ } " in *" chromium "*) apt_has chromium || fail "$no_chromium" ;; esac
        missing=$(resolved $missing | sort -u | tr '\n' ' ')
    fi
    case " $* " in *" python "*) venv_is_fresh || other="$other a Python environment (pip, 30 MB download);" ;; esac
    case " $* " in *" keycloak "*) keycloak_is_there || other="$other Keycloak $keycloak_version (Maven, 150 MB download);" ;; esac
    if [ -n "${missing// /}" ] || [ -n "$other" ]; then
        say "To be installed:"
        [ -z "${missing// /}" ] || say "  with apt: $missing" | fold -s -w 110
        [ -z "$other" ] || say "  in $cache:${other%;}"
        [ -z "${missing// /}" ] || root_is_reachable ||
            fail "packages need root, and there is no sudo. As root: apt-get update && apt-get install --no-install-recommends ${missing% }"
        confirm "Go on?"
    fi
    [ -z "${missing// /}" ] || install_packages $missing
    case " $* " in *" python "*) venv_is_fresh || step "making the Python environment" make_venv ;; esac
    case " $* " in *" keycloak "*) keycloak_is_there || fetch_keycloak ;; esac
}

# True where a group's programs are there whatever they were installed with.
group_is_there() {
    case $1 in
    postgres) ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 && command -v psql >/dev/null ;;
    keycloak) java_is_new_enough && { keycloak_is_there || command -v mvn >/dev/null; } ;;
    python) python_base >/dev/null ;;
    browser) [ -n "${GACHAPON_CHROMIUM:-}" ] || { command -v chromium || command -v google-chrome; } | grep -v '^/snap/' >/dev/null ;;
    node) node_is_new_enough && command -v npm >/dev/null ;;
    *) return 1 ;;
    esac
}

# Prints those of its arguments a|b|c of which none is installed.
not_installed() {
    local wanted name
    for wanted in "$@"; do
        for name in ${wanted//|/ }; do
            [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] && continue 2
        done
        say "$wanted"
    done
}

# Prints, of each argument a|b|c, the first that apt knows.
resolved() {
    local wanted name
    for wanted in "$@"; do
        for name in ${wanted//|/ }; do
            if [ "$wanted" = "$name" ] || apt_has "$name"; then
                say "$name"
                continue 2
            fi
        done
        fail "apt knows none of ${wanted//|/, } here; install its like by hand (tests/dev/install.sh)"
    done
}

apt_has() { LC_ALL=C apt-cache policy "$1" | grep 'Candidate: [^(]' >/dev/null; }

update_lists() {
    [ -n "${lists_updated:-}" ] || step "apt-get update" as_root apt-get -q update
    lists_updated=yes
}

install_packages() {
    local names="$*" plain server
    server=$(printf '%s\n' $names | grep -E '^postgresql(-[0-9]+)?$' | tr '\n' ' ' || true)
    plain=$(printf '%s\n' $names | grep -vE '^postgresql(-[0-9]+)?$' | tr '\n' ' ' || true)
    if [ "$(id -u)" != 0 ] && [ -t 0 ]; then
        as_root true # the password is asked for here, before the output goes into a log
    fi
    update_lists
    [ -z "${plain// /}" ] || step "installing $(printf '%s\n' $plain | wc -l) packages" apt_install $plain
    [ -z "${server// /}" ] || step "installing PostgreSQL's programs, without a cluster" install_postgres $server
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
}

install_postgres() {
    local conf=/etc/postgresql-common/createcluster.conf dropin=/etc/postgresql-common/createcluster.d/gachapon.conf
    apt_install postgresql-common
    as_root mkdir -p "${dropin%/*}"
    printf 'create_main_cluster = false\nstart_conf = manual\n' | as_root tee "$dropin" >/dev/null
    grep -q "^include_dir.*createcluster.d" "$conf" || fail "$conf does not read createcluster.d; set create_main_cluster = false there and run this again"
    local code=0
    apt_install "$@" || code=$?
    as_root rm -f "$dropin"
    return "$code"
}

check_without_apt() {
    local program
    for program in cc cmake pkg-config python3 java psql openssl; do
        command -v "$program" >/dev/null || fail "there is no apt here, and no $program: install what tests/dev/install.sh lists by hand, then run this again"
    done
}

java_is_new_enough() {
    local version
    version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${version:-0}" -ge 17 ]
}

node_is_new_enough() {
    local version
    version=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 18 ]
}

# A python3 that is new enough and can make environments; the distribution's, if the first on PATH cannot.
python_base() {
    local candidate
    for candidate in python3 /usr/bin/python3; do
        if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            say "$candidate"
            return 0
        fi
    done
    return 1
}

venv_is_fresh() {
    cmp -s "$root/tests/dev/requirements.txt" "$cache/venv/requirements.txt" && "$python" -c 'import psycopg' 2>/dev/null
}

make_venv() {
    local base
    base=$(python_base) || fail "no Python 3.11 or newer that can make an environment (python3-venv)"
    rm -rf "$cache/venv"
    mkdir -p "$cache"
    "$base" -m venv "$cache/venv" || return 1
    "$python" -m pip install --disable-pip-version-check -r "$root/tests/dev/requirements.txt" || return 1
    cp "$root/tests/dev/requirements.txt" "$cache/venv/requirements.txt" # last: the mark that it is whole
}

keycloak_is_there() { [ -f "$keycloak_home/built" ]; }

fetch_keycloak() {
    mkdir -p "$cache"
    step "fetching Keycloak $keycloak_version with Maven" maven_copy
    step "unpacking and building Keycloak (about 15 s)" unpack_keycloak
}

maven_copy() {
    mvn -B -ntp "org.apache.maven.plugins:maven-dependency-plugin:$maven_dependency_plugin_version:copy" \
        "-Dartifact=org.keycloak:keycloak-quarkus-dist:$keycloak_version:zip" "-DoutputDirectory=$cache" || return 1
    printf '%s  %s\n' "$keycloak_sha256" "$cache/keycloak-quarkus-dist-$keycloak_version.zip" | sha256sum -c -
}

# kc.sh build leaves only relative paths behind, so the folder may be made under another name and renamed.
unpack_keycloak() {
    local fresh=$cache/keycloak.new zip=$cache/keycloak-quarkus-dist-$keycloak_version.zip
    rm -rf "$fresh" "$keycloak_home"
    "$(python_base)" -m zipfile -e "$zip" "$fresh" || return 1
    env -u JAVA_OPTS sh "$fresh/keycloak-$keycloak_version/bin/kc.sh" build --db=dev-file --health-enabled=true || return 1
    touch "$fresh/keycloak-$keycloak_version/built"
    mv "$fresh/keycloak-$keycloak_version" "$keycloak_home" && rm -rf "$fresh" "$zip"
}
