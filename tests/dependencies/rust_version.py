"""No dependency may ask for a newer Rust than the crate's own `rust-version`.

    python3 tests/dependencies/rust_version.py [Cargo.toml...]

Looks at all packages of the lock file: those of every feature, every platform, the build and the tests, because tests too
should run on that Rust. Needs Python 3.11; asks no registry once the crates are fetched.
"""

import json
import subprocess
import sys
from pathlib import Path

NO_RESOLVER_3 = """{manifest}: cargo does not prefer versions that build with Rust {rust}, but said:
{said}
Resolver 3 does so: look for a `resolver` in Cargo.toml, `incompatible-rust-versions` in .cargo/config.toml, and
CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS in the environment."""


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True)


def number(version):
    """1.88 and 1.88.0 are the same."""
    parts = [int(part) for part in version.split("-")[0].split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def faults(manifest):
    place = ["--locked", "--manifest-path", manifest]
    metadata = json.loads(cargo("metadata", "--format-version=1", "--all-features", *place).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    own = packages[metadata["resolve"]["root"]]
    rust = own["rust_version"]
    if rust is None:
        return [f"{manifest}: no rust-version"]

    # Cargo itself says which Rust it would choose versions for, whatever has set that.
    said = cargo("update", "--workspace", "--dry-run", "--offline", "--manifest-path", manifest).stderr
    found = [] if f"latest Rust {rust} compatible" in said else [
        NO_RESOLVER_3.format(manifest=manifest, rust=rust, said=said.strip())
    ]
    newer = [
        f"{manifest}: {package['name']} {package['version']} needs Rust {package['rust_version']}, the crate only {rust}"
        for package in packages.values()
        if package["rust_version"] and number(package["rust_version"]) > number(rust)
    ]
    if not newer:
        silent = sum(package["rust_version"] is None for package in packages.values())
        print(f"{manifest}: none of {len(packages)} packages needs more than Rust {rust}; {silent} of them say nothing")
    return found + sorted(newer)


all_faults = [fault for manifest in sys.argv[1:] or ["Cargo.toml"] for fault in faults(manifest)]
for fault in all_faults:
    print(f"FAILED  {fault}", file=sys.stderr)
sys.exit(bool(all_faults))
