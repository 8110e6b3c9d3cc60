# Installs the vendor's SDK for Python; sourced by the scripts in this folder. Sets `target`, `sdk` (a folder) and `python`.
# Needs Python 3 with venv, and PyPI on the first run.

target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/sdk/home"
target=$(cd "$target" && pwd)
sdk=$target/sdk
python=$sdk/venv/bin/python

# The copied list marks a completed installation. Reinstall if the Python interpreter no longer works or the list has
# changed.
if ! { cmp -s tests/sdk/requirements.txt "$sdk/venv/requirements.txt" && "$python" -c ''; } 2>/dev/null; then
    python3 -m venv --clear "$sdk/venv"
    "$sdk/venv/bin/pip" install --quiet --disable-pip-version-check -r tests/sdk/requirements.txt
    cp tests/sdk/requirements.txt "$sdk/venv/"
fi
