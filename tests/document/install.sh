# Sourced by the scripts in this folder, at the repository's root. Installs pinned tools under the build folder, once
# for each lock file. A copy of the lock file marks a completed installation.

target=${CARGO_TARGET_DIR:-target}

# need PROGRAM NAME: fails with a clear message if the program is not installed.
need() {
    command -v "$1" >/dev/null || { printf '%s is required, but there is no command %s\n' "$2" "$1" >&2; return 1; }
}

# npm_tools FOLDER: installs FOLDER/package-lock.json; sets npm_bin to the folder of the programs.
npm_tools() {
    local lock=$1/package-lock.json folder
    folder=$target/document/$(basename "$1")/npm
    need npm 'Node.js 20.19 or later with npm'
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    npm_bin=$folder/node_modules/.bin
    cmp -s "$lock" "$folder/installed.json" && return
    rm -rf "$folder/installed.json" "$folder/node_modules"
    cp "$1/package.json" "$lock" "$folder/"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error
    cp "$lock" "$folder/installed.json"
}

# python_tools FOLDER: installs FOLDER/requirements.txt; sets python_bin to the folder of the programs.
python_tools() {
    local list=$1/requirements.txt folder
    folder=$target/document/$(basename "$1")/python
    need python3 'Python 3.11 or later with venv'
    mkdir -p "$(dirname "$folder")"
    folder=$(cd "$(dirname "$folder")" && pwd)/python
    python_bin=$folder/bin
    # Reinstall if the Python interpreter no longer works or the list has changed.
    { cmp -s "$list" "$folder/installed.txt" && "$python_bin/python" -c ''; } 2>/dev/null && return
    python3 -m venv --clear "$folder"
    "$python_bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$list"
    cp "$list" "$folder/installed.txt"
}
