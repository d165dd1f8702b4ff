#!/usr/bin/env python3
"""Runs the patterns of the benchmarks on other systems and prints one table with BlockSnap beside them, all in one run.

Debian packages: fio qemu-utils qemu-system-common xfsprogs btrfs-progs restic borgbackup. What is missing is skipped with a reason; so are xfs and btrfs, which
are mounted on loop devices, unless root runs this. Build first:

    dotnet build -c Release benchmarks/BlockSnap.Throughput && dotnet build -c Release src/BlockSnap.Cli

Reads, writes and flushes: the median of the ratios to the raw file, which runs the same fio job right before. Column "BlockSnap": the
library in a process, from BlockSnap.Throughput in this same run; no fio can run there. Column "BlockSnap, NBD": served, under fio. Operations: milliseconds until
durable, programs started included where a peer has no other way. Nothing else may run meanwhile.
"""
import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

import backup
from subjects import Btrfs, BlockSnapServed, MIB, Qcow2, RawFile, Xfs, fio, run, timed

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
THROUGHPUT = os.path.join(ROOT, "benchmarks/BlockSnap.Throughput/bin/Release/net10.0/BlockSnap.Throughput.dll")
COMMAND = os.path.join(ROOT, "src/BlockSnap.Cli/bin/Release/net10.0/BlockSnap.Cli.dll")
PEERS = (Qcow2, Xfs, Btrfs)
OPERATIONS = ("snapshot-create", "snapshot-create-dirty", "rollback", "clone", "diff-1pct", "delete-1pct")
DIRTY_BLOCKS = 64 * MIB // 4096


def patterns(size, seconds):
    """Workload -> (fio job, index of the figure to compare, whether it reads)."""
    timed_job = {"time_based": 1, "runtime": f"{int(1000 * seconds)}ms"}
    bulk = min(1024 * MIB, size)
    return {
        "write-4k": ({"rw": "randwrite", "bs": "4k", "io_size": bulk}, 0, False),
        "write-256m-flush": ({"rw": "randwrite", "bs": "4k", "io_size": min(256 * MIB, size), "end_fsync": 1}, 0, False),
        "write-4k-flush": ({"rw": "randwrite", "bs": "4k", "fdatasync": 1} | timed_job, 0, False),
        "write-4k-flush32": ({"rw": "randwrite", "bs": "4k", "fdatasync": 32} | timed_job, 0, False),
        "write-1m": ({"rw": "write", "bs": "1m", "io_size": bulk}, 1, False),
        "write-1m-flush": ({"rw": "write", "bs": "1m", "io_size": bulk, "end_fsync": 1}, 1, False),
        "read-4k": ({"rw": "randread", "bs": "4k"} | timed_job, 0, True),
        "read-1m": ({"rw": "read", "bs": "1m"} | timed_job, 1, True),
    }


def measure_patterns(raw, subject, options):
    """Workload -> median ratio to the raw file."""
    ratios = {}
    for name, (job, figure, reads) in patterns(options.size, options.seconds).items():
        pairs = []
        for _ in range(options.repetitions):
            rates = []
            for one in (raw, subject):
                one.prepare_reads() if reads else one.prepare_writes()
                os.sync()
                rates.append(fio(one.target, job | {"size": options.size})[figure])
            pairs.append(rates[1] / rates[0])
        ratios[name] = statistics.median(pairs)
    return ratios


def measure_operations(subject, options):
    """Operation -> median milliseconds; what the subject cannot do is left out."""
    if subject.create_snapshot is None:
        return {}
    one_percent = options.size // 4096 // 100
    times = {name: [] for name in OPERATIONS}
    for repetition in range(options.repetitions):
        subject.change(256)
        times["snapshot-create"].append(timed(subject.create_snapshot, "a"))
        subject.change(one_percent)
        subject.create_snapshot("b")
        if subject.diff:
            times["diff-1pct"].append(timed(subject.diff, "a", "b"))
        times["clone"].append(timed(subject.clone, "a", f"clone-{repetition}"))
        times["delete-1pct"].append(timed(subject.delete_snapshot, "b"))
        times["rollback"].append(timed(subject.rollback, "a"))
        subject.delete_snapshot("a")
        fio(subject.target, {"rw": "randwrite", "bs": "4k", "size": options.size, "io_size": min(DIRTY_BLOCKS * 4096, options.size)})
        times["snapshot-create-dirty"].append(timed(subject.create_snapshot, "c"))
        subject.delete_snapshot("c")
    return {name: 1000 * statistics.median(values) for name, values in times.items() if values}


def measure_blocksnap(options):
    """The library's own lines, by name."""
    names = [*patterns(options.size, options.seconds), "snapshot-create", "rollback", "clone", "diff-1pct", "delete-1pct", "backup-1pct"]
    arguments = ["dotnet", THROUGHPUT, "--json", "--size", str(options.size), "--seconds", str(7 * min(options.seconds, 0.5)), "--dir", options.directory]
    out = subprocess.run([*arguments, *names], stdout=subprocess.PIPE, check=True).stdout
    return {line["name"]: line for line in json.loads(out)["measurements"]}


def missing_programs(kind):
    needed = {"qcow2": ("qemu-img", "qemu-storage-daemon"), "xfs reflink": ("mkfs.xfs", "xfs_io", "losetup"), "btrfs": ("mkfs.btrfs", "btrfs", "losetup")}
    return [program for program in needed.get(kind.name, ()) if not shutil.which(program)]


def measure_peer(make, raw, options):
    subject = make(options.directory, options.size)
    try:
        return measure_patterns(raw, subject, options), measure_operations(subject, options)
    finally:
        subject.close()


def print_table(columns, library, backups, skipped, options):
    machine = run("uname", "-sr").strip()
    print(f"{machine}, disk of {options.size // MIB} MiB, medians of {options.repetitions}. Reads and writes: ratio to the raw file; operations: ms.\n")
    print("| | BlockSnap | " + " | ".join(columns) + " |")
    print("| --- " * (len(columns) + 2) + "|")
    for name in patterns(options.size, options.seconds):
        cells = [f"{ratios[name]:.2f}" if name in ratios else "" for ratios, _ in columns.values()]
        print(f"| {name} | {library[name]['ratio']:.2f} | " + " | ".join(cells) + " |")
    for name in OPERATIONS:
        cells = [f"{times[name]:.2f}" if name in times else "" for _, times in columns.values()]
        print(f"| {name}, ms | {1000 * library[name]['pool']:.2f} | " + " | ".join(cells) + " |")
    print("\n| Backup of 1 % changed | seconds | stored |\n| --- | --- | --- |")
    print(f"| BlockSnap, diff and read into a file | {library['backup-1pct']['pool']:.2f} | {library['backup-1pct']['note']} |")
    for name, (seconds, stored) in backups.items():
        print(f"| {name} | {seconds:.2f} | {stored / MIB:.1f} MiB |")
    for name, reason in skipped.items():
        print(f"\nSkipped {name}: {reason}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size-mib", type=int, default=4096, help="size of the disk, default 4096")
    parser.add_argument("--repetitions", type=int, default=3, help="default 3")
    parser.add_argument("--seconds", type=float, default=2, help="length of the jobs that run by time, default 2")
    parser.add_argument("--dir", default=None, help="a directory on the device to measure; needs six times the size")
    options = parser.parse_args()
    options.size = options.size_mib * MIB
    for built in (THROUGHPUT, COMMAND):
        if not os.path.exists(built):
            sys.exit(f"{built} is missing: build first, see --help.")
    if not shutil.which("fio"):
        sys.exit("fio is missing: apt-get install fio")

    # An end by signal runs the clean-up too: a loop mount must not be left behind.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    options.directory = tempfile.mkdtemp(prefix="blocksnap-peers-", dir=options.dir)
    columns, skipped = {}, {}
    try:
        print("BlockSnap", file=sys.stderr)
        library = measure_blocksnap(options)
        raw = RawFile(options.directory, options.size)
        served = lambda directory, size: BlockSnapServed(directory, size, ["dotnet", COMMAND])
        for name, make, absent in [(BlockSnapServed.name, served, []), *((kind.name, kind, missing_programs(kind)) for kind in PEERS)]:
            print(name, file=sys.stderr)
            try:
                if absent:
                    raise FileNotFoundError(f"needs {', '.join(absent)}")
                columns[name] = measure_peer(make, raw, options)
            except (OSError, RuntimeError) as reason:
                skipped[name] = reason
        backups = backup.measure(raw, options, skipped)
        raw.close()
    finally:
        shutil.rmtree(options.directory, ignore_errors=True)
    print_table(columns, library, backups, skipped, options)


if __name__ == "__main__":
    main()
