"""Checks that no dependency needs a newer Rust version than the crate's `rust-version`.

    python3 tests/dependencies/rust_version.py [Cargo.toml...]

Checks all packages in the lock file: those of every feature, every platform, the build and the tests, because the tests
should run on that Rust version, too. Needs Python 3.11, and no network after the crates are fetched.
"""

import json
import subprocess
import sys
from pathlib import Path

NO_RESOLVER_3 = """{manifest}: cargo does not prefer versions that support Rust {rust}. It printed:
{output}
Resolver 3 prefers them: check `resolver` in Cargo.toml, `incompatible-rust-versions` in .cargo/config.toml, and
CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS in the environment."""


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True)


def parse_version(version):
    """Returns three numbers, so that 1.88 and 1.88.0 are equal."""
    parts = [int(part) for part in version.split("-")[0].split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def find_errors(manifest):
    options = ["--locked", "--manifest-path", manifest]
    metadata = json.loads(cargo("metadata", "--format-version=1", "--all-features", *options).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    own = packages[metadata["resolve"]["root"]]
    rust = own["rust_version"]
    if rust is None:
        return [f"{manifest}: rust-version is missing; add it"]

    # Cargo prints the Rust version for which it chooses dependencies, including settings from all configuration files.
    output = cargo("update", "--workspace", "--dry-run", "--offline", "--manifest-path", manifest).stderr
    errors = [] if f"latest Rust {rust} compatible" in output else [
        NO_RESOLVER_3.format(manifest=manifest, rust=rust, output=output.strip())
    ]
    newer = [
        f"{manifest}: {package['name']} {package['version']} needs Rust {package['rust_version']}, but rust-version is {rust}"
        for package in packages.values()
        if package["rust_version"] and parse_version(package["rust_version"]) > parse_version(rust)
    ]
    if not newer:
        undeclared = sum(package["rust_version"] is None for package in packages.values())
        print(f"{manifest}: none of {len(packages)} packages needs a newer Rust than {rust}; {undeclared} declare no version")
    return errors + sorted(newer)


all_errors = [error for manifest in sys.argv[1:] or ["Cargo.toml"] for error in find_errors(manifest)]
for error in all_errors:
    print(f"FAILED  {error}", file=sys.stderr)
sys.exit(bool(all_errors))
