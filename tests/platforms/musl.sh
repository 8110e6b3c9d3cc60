# shellcheck shell=bash disable=SC2034
# Sourced at the repository's root: prepares a build of a static Linux binary. Sets `triple`, `target` and `build_std`.
source tests/platforms/target.sh

triple=x86_64-unknown-linux-musl
bash .ci/require musl
use_target "$triple"
export CC_x86_64_unknown_linux_musl=musl-gcc

if ((${#build_std[@]})); then
    # This standard library contains neither musl nor libunwind, in contrast to the one of rustup. `__fprintf_chk` is the
    # only function of glibc that Debian's libunwind calls.
    bash .ci/require unwind
    libraries=$target/musl
    mkdir -p "$libraries"
    cat >"$libraries/fprintf_chk.c" <<'SOURCE'
#include <stdarg.h>
#include <stdio.h>
int __fprintf_chk(FILE *stream, int flag, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int written = vfprintf(stream, format, arguments);
    va_end(arguments);
    return written;
}
SOURCE
    musl-gcc -c -o "$libraries/fprintf_chk.o" "$libraries/fprintf_chk.c"
    cp /usr/lib/llvm-14/lib/libunwind.a "$libraries/libunwind.a"
    ar r "$libraries/libunwind.a" "$libraries/fprintf_chk.o"
    # rustc derives the kind of linker from the name, which must end in gcc. For a static PIE, musl-gcc would set the
    # dynamic loader of musl, which other machines do not have.
    cat >"$libraries/musl-unwind-gcc" <<SCRIPT
#!/bin/sh
for argument; do
    shift
    [ "\$argument" != -static-pie ] || argument=-static
    set -- "\$@" "\$argument"
done
exec musl-gcc -L"$libraries" "\$@"
SCRIPT
    chmod +x "$libraries/musl-unwind-gcc"
    export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=$libraries/musl-unwind-gcc
    export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS='-C link-self-contained=no -C target-feature=+crt-static'
fi
