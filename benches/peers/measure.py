"""Measures whole processes that list devices, and prints tables; started by benches/peers/run.

    measure.py RUST-PROGRAM GO-PROGRAM PYTHON PYTHON-PROGRAM

The programs run alternately. A ratio is the median of the ratios within the rounds.
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


def run(expected, *command):
    """Runs a program, which must print the expected number of devices."""
    process = Process(*command)
    os.close(process.input)
    wall, usage = process.wait()
    devices = process.read().strip()
    if devices != str(expected):
        sys.exit(f"{command[:3]} printed {devices!r} instead of {expected}")
    return Result(wall, usage)


def peak_memory(*command):
    """Runs a program, and reads its peak memory until it ends. Its resource usage would include this program's memory."""
    process = Process(*command)
    os.close(process.input)
    peak_kib = 0
    while os.waitpid(process.pid, os.WNOHANG) == (0, 0):
        with open(f"/proc/{process.pid}/status") as status:
            lines = [line.split() for line in status if line.startswith("VmHWM:")]
        peak_kib = int(lines[0][1]) if lines else peak_kib
        time.sleep(0.001)
    os.close(process.output)
    return f"{peak_kib / 1024:.1f} MiB"


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


def print_result(name, text):
    print(f"# {name}\n{text}\n", flush=True)


def print_table(name, *rows):
    columns = len(rows[0])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    print_result(name, "\n".join([lines[0], "|" + "---|" * columns, *lines[1:]]))


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
        peaks = [peak_memory(*program) for program in programs]
    ours, _, go, _ = results
    rows = [["program", "CPU time", "wall time", "peak memory", "this crate's CPU time", "this crate's wall time"]]
    for name, other, peak in zip(program_names(), results, peaks):
        times = [f"{median_of(other, field) * 1000:.0f} ms" for field in ["cpu", "wall"]]
        ratios = [f"{ratio(ours, other, field):.2f} times" if other != ours else "-" for field in ["cpu", "wall"]]
        rows.append([name, *times, peak, *ratios])
    print_table("sdks", *rows)
    print_result("go-cpu", f"{ratio(ours, go, 'cpu'):.2f}")


def first_page():
    with Server() as server:
        results = alternate(51, 50, [[RUST, "crate-first-page", server.endpoint, CERTIFICATE]])[0]
    wall, cpu = (median_of(results, field) * 1000 for field in ["wall", "cpu"])
    print_result("first-page", f"{wall:.1f} ms (CPU time: {cpu:.1f} ms)")


def many_certificates():
    """1,000 certificates with 30 devices each, 32 at a time."""
    certificates = [f"certificate-{number}" for number in range(1, 1_001)]
    name, _, go_name, _ = program_names()
    with Server(certificates=1_000, devices=30, latency_ms=50) as server:
        ours = [RUST, "crate-many", server.endpoint, "32", *certificates]
        few = ours[: 4 + 100]
        go = [GO, server.endpoint, "32", *certificates]
        results = [*alternate(5, 30_000, [ours, go]), *alternate(5, 3_000, [few])]
        peaks = [peak_memory(*program) for program in [ours, go, few]]
    rows = [["program", "certificates", "wall time", "CPU time", "peak memory"]]
    for name, number, times, peak in zip([name, go_name, name], ["1,000", "1,000", "100"], results, peaks):
        wall, cpu = (median_of(times, field) for field in ["wall", "cpu"])
        rows.append([name, number, f"{wall:.2f} s", f"{cpu * 1000:.0f} ms", peak])
    print_table("certificates", *rows)


def prefetching():
    rows = [["latency of each response", "page by page", "`concurrency(4)`", "`concurrency(11)`"]]
    for latency, jitter in [(20, 0), (100, 0), (300, 0), (80, 20)]:
        walls = []
        for concurrency in ["1", "4", "11"]:
            with Server(latency_ms=latency, jitter_ms=jitter) as server:
                walls.append(run(20_000, RUST, "crate", server.endpoint, CERTIFICATE, concurrency).wall)
        name = f"{latency} ms and a random time, {jitter} ms on average" if jitter else f"{latency} ms"
        times = [f"{wall:.2f} s, {walls[0] / wall:.1f} times as fast" for wall in walls[1:]]
        rows.append([name, f"{walls[0]:.1f} s", *times])
    print_table("prefetching", *rows)


compare_with_sdks()
first_page()
many_certificates()
prefetching()
