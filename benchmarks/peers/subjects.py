"""What is compared: a raw file, qcow2, xfs reflink, btrfs, and a BlockSnap disk served over NBD.

Each subject is a disk of a fixed size, written in full, that fio can reach, with the operations of a snapshot service where it has them.
An operation returns when its effect is durable.
"""
import ctypes
import fcntl
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import time

MIB = 1 << 20
FICLONE = 0x40049409

# fio makes places and data of its seed: with one seed twice a disk is overwritten by what it holds.
SEEDS = itertools.count(1)


def run(*arguments, **options):
    """Runs a command; what it printed. Raises with that when it fails."""
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stdout[-400:]}")
    return done.stdout


def timed(work, *arguments):
    """Seconds that a call took."""
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def fio(target, options):
    """Runs one fio job on a subject: (operations per second, MiB per second)."""
    if "--ioengine=nbd" in target and "fdatasync" in options:
        options = options | {"fsync": options["fdatasync"]}  # the wire has one kind of flush
        del options["fdatasync"]
    arguments = ["fio", "--name=job", "--output-format=json", "--norandommap", "--refill_buffers", "--invalidate=0", f"--randseed={next(SEEDS)}"]
    out = run(*arguments, *target, *(f"--{key}={value}" for key, value in options.items()))
    job = json.loads(out[out.index("{"):])["jobs"][0]
    side = job["read"] if options["rw"].endswith("read") else job["write"]
    # Only the job's own time includes the flush at its end.
    seconds = max((job["job_runtime"] if "end_fsync" in options else side["runtime"]) / 1000, 0.001)
    return side["total_ios"] / seconds, side["io_bytes"] / MIB / seconds


def fill(target, size):
    fio(target, {"rw": "write", "bs": "1m", "size": size, "end_fsync": 1})


def sync_file_system(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            raise OSError(ctypes.get_errno(), "syncfs")
    finally:
        os.close(descriptor)


def wait_for_socket(process, path):
    for _ in range(1000):
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        if os.path.exists(path):
            return
        time.sleep(0.01)
    raise RuntimeError(f"{process.args[0]} did not open {path}")


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Subject:
    """A disk. Operations that it has no counterpart of stay None."""
    name = ""
    create_snapshot = delete_snapshot = rollback = clone = diff = None

    def __init__(self, directory, size):
        self.directory = directory
        self.size = size

    def change(self, count):
        """Overwrites so many 4 KiB blocks at random, durably."""
        fio(self.target, {"rw": "randwrite", "bs": "4k", "size": self.size, "io_size": count * 4096, "end_fsync": 1})

    def prepare_writes(self):
        """Brings caches into the state that is best for writes."""

    def prepare_reads(self):
        """Reads everything once."""
        fio(self.target, {"rw": "read", "bs": "1m", "size": self.size})

    def close(self):
        """Gives everything back."""


class FileSubject(Subject):
    """A file, reached by plain system calls."""
    path = ""

    @property
    def target(self):
        return [f"--filename={self.path}", "--ioengine=psync", "--fallocate=none"]

    def prepare_writes(self):
        # A small write into a large page of the cache is slow on ext4: the file's best state is an empty cache.
        descriptor = os.open(self.path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


class RawFile(FileSubject):
    name = "raw file"

    def __init__(self, directory, size):
        super().__init__(directory, size)
        self.path = os.path.join(directory, "raw.img")
        fill(self.target, size)

    def close(self):
        os.unlink(self.path)


class LoopSubject(FileSubject):
    """A file on a file system of its own, mounted on a loop device with direct I/O. Root only."""
    make = ()

    def __init__(self, directory, size):
        super().__init__(directory, size)
        if os.geteuid() != 0:
            raise PermissionError("root only: it mounts a loop device")
        self.image = os.path.join(directory, self.name.split()[0] + ".loop")
        self.mount = self.image + ".mnt"
        self.loop = None
        os.makedirs(self.mount)
        try:
            with open(self.image, "wb") as image:
                image.truncate(4 * size + 1024 * MIB)
            run(*self.make, self.image)
            self.loop = run("losetup", "--find", "--show", "--direct-io=on", self.image).strip()
            run("mount", "-o", "noatime", self.loop, self.mount)
            self.path = self.make_file()
            fill(self.target, size)
        except BaseException:
            self.close()
            raise

    def make_file(self):
        return os.path.join(self.mount, "disk.img")

    def snapshot_path(self, name):
        return os.path.join(self.mount, name)

    def close(self):
        if os.path.ismount(self.mount):
            run("umount", self.mount)
        if self.loop:
            run("losetup", "-d", self.loop)
        os.unlink(self.image)
        os.rmdir(self.mount)


class Xfs(LoopSubject):
    name = "xfs reflink"
    make = ("mkfs.xfs", "-q", "-f", "-m", "reflink=1")

    def create_snapshot(self, name):
        self.reflink(self.path, self.snapshot_path(name))

    def delete_snapshot(self, name):
        os.unlink(self.snapshot_path(name))
        sync_file_system(self.mount)

    def rollback(self, name):
        self.reflink(self.snapshot_path(name), self.path)

    def clone(self, name, disk):
        self.reflink(self.snapshot_path(name), self.snapshot_path(disk))

    def diff(self, older, newer):
        extents = [set(run("xfs_io", "-r", "-c", "fiemap", self.snapshot_path(name)).splitlines()[1:]) for name in (older, newer)]
        return len(extents[0] ^ extents[1])

    def reflink(self, source, destination):
        with open(source, "rb") as origin, open(destination, "wb") as copy:
            fcntl.ioctl(copy, FICLONE, origin.fileno())
        sync_file_system(self.mount)


class Btrfs(LoopSubject):
    name = "btrfs"
    make = ("mkfs.btrfs", "-q", "-f")

    def make_file(self):
        self.live = os.path.join(self.mount, "live")
        run("btrfs", "subvolume", "create", self.live)
        return os.path.join(self.live, "disk.img")

    def create_snapshot(self, name):
        self.copy(self.live, name, "-r")

    def delete_snapshot(self, name):
        run("btrfs", "subvolume", "delete", self.snapshot_path(name))
        run("btrfs", "subvolume", "sync", self.mount)  # until the space is free

    def rollback(self, name):
        run("btrfs", "subvolume", "delete", self.live)
        self.copy(self.snapshot_path(name), "live")

    def clone(self, name, disk):
        self.copy(self.snapshot_path(name), disk)

    def diff(self, older, newer):
        stream = subprocess.run(
            ["btrfs", "send", "-q", "--no-data", "-p", self.snapshot_path(older), self.snapshot_path(newer)], stdout=subprocess.PIPE, check=True)
        return len(stream.stdout)

    def copy(self, source, name, *options):
        run("btrfs", "subvolume", "snapshot", *options, source, self.snapshot_path(name))
        sync_file_system(self.mount)


class Qcow2(Subject):
    """Internal snapshots of an image that qemu's storage daemon serves over NBD, made while it is served."""
    name = "qcow2"

    def __init__(self, directory, size):
        super().__init__(directory, size)
        self.path = os.path.join(directory, "disk.qcow2")
        self.nbd = os.path.join(directory, "qcow2.sock")
        self.control = os.path.join(directory, "qcow2.qmp")
        run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=64k", self.path, str(size))
        self.start()
        fill(self.target, size)

    @property
    def target(self):
        return ["--ioengine=nbd", f"--uri=nbd+unix:///q?socket={self.nbd}"]

    def create_snapshot(self, name):
        self.command("transaction", actions=[{"type": "blockdev-snapshot-internal-sync", "data": {"device": "q", "name": name}}])

    def delete_snapshot(self, name):
        self.command("blockdev-snapshot-delete-internal-sync", device="q", name=name)

    def rollback(self, name):
        # There is no command for it: the image is taken out of service, which is part of the price.
        self.stop()
        run("qemu-img", "snapshot", "-a", name, self.path)
        self.start()

    def clone(self, name, disk):
        run("qemu-img", "convert", "-U", "-l", name, "-O", "qcow2", self.path, os.path.join(self.directory, disk))
        os.unlink(os.path.join(self.directory, disk))

    def start(self):
        for path in (self.nbd, self.control):
            if os.path.exists(path):
                os.unlink(path)
        self.daemon = subprocess.Popen([
            "qemu-storage-daemon", "--blockdev", f"driver=file,node-name=f,filename={self.path}", "--blockdev", "driver=qcow2,node-name=q,file=f,discard=unmap",
            "--nbd-server", f"addr.type=unix,addr.path={self.nbd}", "--export", "type=nbd,id=q,node-name=q,name=q,writable=on",
            "--chardev", f"socket,path={self.control},server=on,wait=off,id=c", "--monitor", "chardev=c"])
        wait_for_socket(self.daemon, self.control)
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(self.control)
        self.lines = self.connection.makefile("rw")
        self.lines.readline()
        self.command("qmp_capabilities")

    def stop(self):
        self.connection.close()
        stop(self.daemon)

    def command(self, operation, /, **arguments):
        self.lines.write(json.dumps({"execute": operation, "arguments": arguments}) + "\n")
        self.lines.flush()
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise RuntimeError(str(answer["error"]))
            if "return" in answer:
                return

    def close(self):
        self.stop()
        os.unlink(self.path)


class BlockSnapServed(Subject):
    """A BlockSnap disk behind its own NBD server, so that it pays for the wire as qcow2 does."""
    name = "BlockSnap, NBD"

    def __init__(self, directory, size, command):
        super().__init__(directory, size)
        self.pool = os.path.join(directory, "pool")
        self.nbd = os.path.join(directory, "blocksnap.sock")
        run(*command, "pool", "create", self.pool)
        run(*command, "disk", "create", self.pool, "disk", "--size", str(size))
        self.server = subprocess.Popen([*command, "serve", self.pool, "--unix", self.nbd], stdout=subprocess.DEVNULL)
        wait_for_socket(self.server, self.nbd)
        time.sleep(0.5)
        fill(self.target, size)

    @property
    def target(self):
        return ["--ioengine=nbd", f"--uri=nbd+unix:///disk?socket={self.nbd}"]

    def close(self):
        stop(self.server)
        shutil.rmtree(self.pool)
