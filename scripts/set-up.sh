# Sourced by the scripts beside it: finds or fetches what demarche is built on, and says what a machine lacks.

stop() {
    printf 'demarche set-up: %s\n' "$1" >&2
    exit 2
}

need() { # program, what for, how to get it
    command -v "$1" >/dev/null 2>&1 || stop "\`$1\` is needed to $2. $3"
}

# The base encoder of the model named by `--model` in the arguments, if it is another than the default's.
base_of_model() {
    local model=""
    while [ $# -gt 0 ]; do
        case "$1" in
        --model) model=${2:-} ;;
        --model=*) model=${1#--model=} ;;
        esac
        shift
    done
    [ -n "$model" ] || return 0
    for folder in "$model" "$root/models/$model"; do
        if [ -f "$folder/manifest.toml" ]; then
            sed -n 's/^base = "\(.*\)"$/\1/p' "$folder/manifest.toml"
            return 0
        fi
    done
}

set_up() { # arguments of demarche, which may name a model
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) ;;
    *) stop "only Linux on x86-64 is set up by this script; elsewhere set LIBTORCH to a libtorch 2.4.0 and run cargo yourself" ;;
    esac
    need cargo "build demarche" "Install Rust by rustup (https://rustup.rs), stable toolchain."
    need "${CXX:-c++}" "build libtorch's bindings" "Debian: apt-get install build-essential"
    need python3 "fetch libtorch and the base encoder" "Debian: apt-get install python3 python3-pip"
    DEMARCHE_CACHE=${DEMARCHE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/demarche}
    mkdir -p "$DEMARCHE_CACHE" 2>/dev/null || stop "the cache folder $DEMARCHE_CACHE cannot be made; set DEMARCHE_CACHE to another place"
    DEMARCHE_CACHE=$(cd "$DEMARCHE_CACHE" && pwd)
    export DEMARCHE_CACHE
    parts="multilingual-e5-small"
    other=$(base_of_model "$@")
    case "$other" in
    "" | "$parts") ;;
    *) parts="$parts $other" ;;
    esac
    if [ -n "${LIBTORCH:-}" ]; then
        [ -e "$LIBTORCH/lib/libtorch_cpu.so" ] || stop "LIBTORCH is $LIBTORCH, but lib/libtorch_cpu.so is not there; unset it to have libtorch fetched"
    else
        parts="libtorch $parts"
    fi
    # shellcheck disable=SC2086
    python3 "$root/scripts/fetch.py" "$DEMARCHE_CACHE" $parts || exit $?
    if [ -z "${LIBTORCH:-}" ]; then
        export LIBTORCH="$DEMARCHE_CACHE/libtorch-2.4.0"
        # The wheel that it comes from was built with the old C++ ABI.
        export LIBTORCH_CXX11_ABI=0
    fi
}
