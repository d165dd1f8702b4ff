"""Backup programs on an image of which 1 % changed: they must read all of it to find what."""
import os
import shutil
import statistics
import sys

from subjects import run, timed


def size_of(path):
    return sum(os.lstat(os.path.join(directory, name)).st_size for directory, _, names in os.walk(path) for name in names)


def programs(directory, image):
    """Name -> (program, command that makes the repository, command that backs up, repository)."""
    restic, borg, fixed = (os.path.join(directory, name) for name in ("restic", "borg", "borg-fixed"))
    create = ["borg", "create", "--compression", "none"]
    return {
        "restic": ("restic", ["restic", "-r", restic, "init"], ["restic", "-r", restic, "backup", image], restic),
        "borg": ("borg", ["borg", "init", "-e", "none", borg], [*create, borg + "::{now:%s.%f}", image], borg),
        "borg, chunks of 64 KiB": (
            "borg", ["borg", "init", "-e", "none", fixed], [*create, "--chunker-params", "fixed,65536", fixed + "::{now:%s.%f}", image], fixed),
    }


def measure(raw, options, skipped):
    """Name -> (median seconds, bytes that the repository grew by)."""
    environment = dict(
        os.environ, HOME=options.directory, TMPDIR=options.directory, RESTIC_PASSWORD="x", RESTIC_CACHE_DIR=os.path.join(options.directory, "cache"),
        BORG_BASE_DIR=os.path.join(options.directory, "borg-base"), BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes")
    results = {}
    for name, (program, initialise, back_up, repository) in programs(options.directory, raw.path).items():
        print(name, file=sys.stderr)
        if not shutil.which(program):
            skipped[name] = f"needs {program}"
            continue
        call = lambda command: run(*command, env=environment)
        call(initialise)
        call(back_up)
        times, grown = [], []
        for _ in range(min(2, options.repetitions)):
            raw.change(options.size // 4096 // 100)
            before = size_of(repository)
            times.append(timed(call, back_up))
            grown.append(size_of(repository) - before)
        results[name] = statistics.median(times), statistics.median(grown)
        shutil.rmtree(repository)
    return results
