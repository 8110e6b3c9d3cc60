# shellcheck shell=bash disable=SC2034,SC2054
# Sourced by the scripts in this folder, at the repository's root.
#
# use_target TARGET: prepares a build for TARGET. Sets `target` (the build folder) and `build_std` (cargo options).
# Uses the standard library that rustup installed for TARGET, and installs it if CI=true. If rustup has none, builds it
# from Debian's second compiler with its sources (rustc-web and rust-web-src), which takes about two minutes more.
use_target() {
    export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
    mkdir -p "${CARGO_TARGET_DIR:-target}/platforms"
    target=$(cd "${CARGO_TARGET_DIR:-target}/platforms" && pwd)
    export CARGO_TARGET_DIR=$target
    build_std=()
    [[ ! -d $(rustc --print target-libdir --target "$1") ]] || return 0
    if [[ ${CI-} == true ]] && command -v rustup >/dev/null && rustup target add "$1" 2>/dev/null; then return 0; fi
    if ! bash .ci/require debian-rust; then
        printf 'or the standard library for %s: rustup target add %s\n' "$1" "$1" >&2
        exit 1
    fi
    export RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1
    build_std=(-Zbuild-std=std,panic_abort,panic_unwind,test)
}
