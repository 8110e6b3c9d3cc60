# For the scripts beside this file, which source it at the repository's root: pinned tools, installed under the build folder
# once for each lock file. A copy of the lock file is the mark of a finished installation.

target=${CARGO_TARGET_DIR:-target}

# need PROGRAM WHAT: fails with a clear message when the program is not there.
need() {
    command -v "$1" >/dev/null || { printf '%s is needed, and there is no %s\n' "$2" "$1" >&2; return 1; }
}

# npm_tools FOLDER: installs FOLDER/package-lock.json; sets npm_bin to where the programs are.
npm_tools() {
    local lock=$1/package-lock.json folder
    folder=$target/document/$(basename "$1")/npm
    need npm 'Node.js 20.19 or later, with npm,'
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    npm_bin=$folder/node_modules/.bin
    cmp -s "$lock" "$folder/installed.json" && return
    rm -rf "$folder/installed.json" "$folder/node_modules"
    cp "$1/package.json" "$lock" "$folder/"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error
    cp "$lock" "$folder/installed.json"
}

# python_tools FOLDER: installs FOLDER/requirements.txt; sets python_bin to where the programs are.
python_tools() {
    local list=$1/requirements.txt folder
    folder=$target/document/$(basename "$1")/python
    need python3 'Python 3.11 or later, with venv,'
    mkdir -p "$(dirname "$folder")"
    folder=$(cd "$(dirname "$folder")" && pwd)/python
    python_bin=$folder/bin
    # A Python that is gone or another list means a new installation.
    { cmp -s "$list" "$folder/installed.txt" && "$python_bin/python" -c ''; } 2>/dev/null && return
    python3 -m venv --clear "$folder"
    "$python_bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$list"
    cp "$list" "$folder/installed.txt"
}
