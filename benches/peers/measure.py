"""Measures whole processes that list devices, and prints tables; started by benches/peers/run.

    measure.py RUST-PROGRAM GO-PROGRAM PYTHON PYTHON-PROGRAM

The programs run alternately. A ratio is the median of the ratios within the rounds. It imports little, because the
operating system reports at least this program's memory as the peak memory of each program.
"""

import os
import sys
import time

KEY = {"HUAWEICLOUD_SDK_AK": "ACCESSKEY", "HUAWEICLOUD_SDK_SK": "a-secret-key-of-the-mock"}
ENVIRONMENT = {**os.environ, **KEY, "HUAWEICLOUD_SDK_PROJECT_ID": "0123456789abcdef0123456789abcdef"}
CERTIFICATE = "certificate-1"
RUST, GO, PYTHON, PYTHON_PROGRAM = sys.argv[1:]


class Process:
    """A process whose output is read through a pipe."""

    def __init__(self, *command):
        self.command = command
        (stdin, self.input), (self.output, stdout) = os.pipe(), os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout, 1)]
        self.started = time.monotonic()
        self.pid = os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=actions)
        os.close(stdin)
        os.close(stdout)

    def read(self):
        """Returns the whole output."""
        with os.fdopen(self.output) as output:
            return output.read()

    def wait(self):
        """Waits for the end, and returns the wall time and the resource usage."""
        _, status, usage = os.wait4(self.pid, 0)
        wall = time.monotonic() - self.started
        if status != 0:
            sys.exit(f"{self.command[:4]} failed")
        return wall, usage


class Server(Process):
    def __init__(self, certificates=1, devices=20_000, latency_ms=0, jitter_ms=0):
        super().__init__(RUST, "serve", *map(str, [certificates, devices, latency_ms, jitter_ms]))
        self.endpoint = os.read(self.output, 100).decode().strip()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        # The server stops at the end of its standard input.
        os.close(self.input)
        self.wait()
        os.close(self.output)


class Result:
    def __init__(self, wall, usage):
        self.wall = wall
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak_mib = usage.ru_maxrss / 1024


def run(expected, *command):
    """Runs a program, which must print the expected number of devices."""
    process = Process(*command)
    os.close(process.input)
    wall, usage = process.wait()
    devices = process.read().strip()
    if devices != str(expected):
        sys.exit(f"{command[:3]} printed {devices!r} instead of {expected}")
    return Result(wall, usage)


def alternate(rounds, expected, programs):
    """Runs the programs in turn; returns the results of each."""
    for program in programs:
        # The first run reads the program into memory.
        run(expected, *program)
    results = [[run(expected, *program) for program in programs] for _ in range(rounds)]
    return list(zip(*results))


def median(values):
    return sorted(values)[len(values) // 2]


def median_of(results, field):
    return median([getattr(result, field) for result in results])


def ratio(ours, other, field):
    return median([getattr(a, field) / getattr(b, field) for a, b in zip(ours, other)])


def version_of(command):
    process = Process(*command)
    os.close(process.input)
    text = process.read()
    process.wait()
    return text


def program_names():
    go = version_of(["/usr/bin/env", "go", "version", "-m", GO])
    sdk = go.split("huaweicloud-sdk-go-v3")[1].split()[0]
    code = "from importlib.metadata import version; print(version('huaweicloudsdkiotda'))"
    python = version_of([PYTHON, "-c", f"{code}; import platform; print(platform.python_version())"]).split()
    return [
        "this crate",
        "hand-written loop",
        f"SDK for Go {sdk} (Go {go.split()[1].removeprefix('go')})",
        f"SDK for Python {python[0]} (Python {python[1]})",
    ]


def table(name, *rows):
    print(f"# {name}")
    columns = len(rows[0])
    for row in [rows[0], ["---"] * columns, *rows[1:]]:
        print("| " + " | ".join(row) + " |" if row[0] != "---" else "|" + "---|" * columns)
    print(flush=True)


def compare_with_sdks():
    """20,000 devices in 400 pages, and a page at the end."""
    with Server() as server:
        programs = [
            [RUST, "crate", server.endpoint, CERTIFICATE, "1"],
            [RUST, "by-hand", server.endpoint, CERTIFICATE],
            [GO, server.endpoint, "1", CERTIFICATE],
            [PYTHON, PYTHON_PROGRAM, server.endpoint, "1", CERTIFICATE],
        ]
        results = alternate(25, 20_000, programs)
    ours = results[0]
    rows = [["program", "CPU time", "wall time", "peak memory", "CPU time of this crate", "wall time of this crate"]]
    for name, other in zip(program_names(), results):
        times = [f"{median_of(other, field) * 1000:.0f} ms" for field in ["cpu", "wall"]]
        ratios = [f"{ratio(ours, other, field):.2f} times" if other != ours else "-" for field in ["cpu", "wall"]]
        rows.append([name, *times, f"{median_of(other, 'peak_mib'):.0f} MiB", *ratios])
    table("sdks", *rows)


def first_page():
    with Server() as server:
        results = alternate(51, 50, [[RUST, "crate-first-page", server.endpoint, CERTIFICATE]])[0]
    wall, cpu = (median_of(results, field) * 1000 for field in ["wall", "cpu"])
    table("first-page", ["measurement", "result"], ["start and first page over plain http", f"{wall:.1f} ms (CPU time {cpu:.1f} ms)"])


def prefetching():
    rows = [["latency of each response", "page by page", "`concurrency(4)`", "`concurrency(11)`"]]
    for latency, jitter in [(20, 0), (100, 0), (300, 0), (80, 20)]:
        walls = []
        for concurrency in ["1", "4", "11"]:
            with Server(latency_ms=latency, jitter_ms=jitter) as server:
                walls.append(run(20_000, RUST, "crate", server.endpoint, CERTIFICATE, concurrency).wall)
        name = f"{latency} ms and an exponentially distributed time, {jitter} ms on average" if jitter else f"{latency} ms"
        times = [f"{wall:.2f} s, {walls[0] / wall:.1f} times as fast" for wall in walls[1:]]
        rows.append([name, f"{walls[0]:.1f} s", *times])
    table("prefetching", *rows)


def many_certificates():
    """1,000 certificates with 30 devices each, 32 at a time."""
    certificates = [f"certificate-{number}" for number in range(1, 1_001)]
    names = program_names()
    with Server(certificates=1_000, devices=30, latency_ms=50) as server:
        programs = [[RUST, "crate-many", server.endpoint, "32", *certificates], [GO, server.endpoint, "32", *certificates]]
        results = alternate(5, 30_000, programs)
        few = alternate(5, 3_000, [[RUST, "crate-many", server.endpoint, "32", *certificates[:100]]])[0]
    rows = [["program", "wall time", "CPU time", "peak memory"]]
    for name, times in [(names[0], results[0]), (names[2], results[1]), ("this crate, 100 certificates", few)]:
        wall, cpu, peak = (median_of(times, field) for field in ["wall", "cpu", "peak_mib"])
        rows.append([name, f"{wall:.2f} s", f"{cpu * 1000:.0f} ms", f"{peak:.0f} MiB"])
    table("certificates", *rows)


compare_with_sdks()
first_page()
many_certificates()
prefetching()
