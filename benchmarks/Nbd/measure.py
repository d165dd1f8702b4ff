#!/usr/bin/env python3
"""Measures `blocksnap serve` with fio over a Unix socket against nbdkit's memory plugin and qcow2 in qemu-nbd, in turns.

  dotnet build -c Release src/BlockSnap.Cli
  benchmarks/Nbd/measure.py [--jobs readm,writem,...] [--size-mib 4096] [--secs 1.5] [--reps 3] [--warm-secs 3] [--tls]

Every repetition runs a job on BlockSnap and right after it on the peer, so a ratio is of neighbours in time; the median of them is printed.
readm, writem: 1 MiB in order, depth 8. read1, read16, write1, write16: 4 KiB at random, depth 1 or 16, no flush. These against nbdkit memory.
Jobs run in the order given and may come twice: readm behind write16 reads what was written in no order.
flush1: 4 KiB random write and a flush each, against qcow2. snap: 64 MiB of 4 KiB random writes right before and right after a snapshot,
BlockSnap's taken while it is served, qcow2's while it is not, and in three rounds only; the snapshot of the round
before is deleted first.
Each of these runs untimed before, for --warm-secs (snap: two rounds), so that what is measured is a disk in use: code that was compiled, and
files and memory that were written to before. A virtual machine may give memory that is free back to its host at once, and fetching it again
can take ten times as long as copying into it; nbdkit memory never asks for any once it is full.
--tls: BlockSnap and nbdkit are spoken to by TLS, with a certificate made for the run; not for flush1 and snap.
Needs fio, nbdkit, qemu-utils; for --tls openssl. Everything is made in a directory of its own under --folder and removed.
"""
import argparse, json, os, shutil, statistics, subprocess, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
arguments = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter, description=__doc__)
arguments.add_argument('--command', default=os.path.join(here, '../../src/BlockSnap.Cli/bin/Release/net10.0/BlockSnap.Cli'))
arguments.add_argument('--folder', default=None)
arguments.add_argument('--jobs', default='readm,writem,read1,read16,write1,write16,flush1,snap')
arguments.add_argument('--size-mib', type=int, default=4096)
arguments.add_argument('--secs', type=float, default=1.5)
arguments.add_argument('--reps', type=int, default=3)
arguments.add_argument('--warm-secs', type=float, default=3)
arguments.add_argument('--tls', action='store_true')
options = arguments.parse_args()
folder = tempfile.mkdtemp(prefix='nbd-', dir=options.folder)
seed = 0


def run(*words):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


def blocksnap(*words):
    return run(options.command, *words)


class Server:
    def __init__(self, name, words, export=''):
        self.socket = os.path.join(folder, name + '.sock')
        self.words = [word.replace('SOCKET', self.socket) for word in words]
        self.uri = '%s+unix:///%s?socket=%s' % ('nbds' if options.tls else 'nbd', export, self.socket)
        if options.tls:
            self.uri += '&tls-verify-peer=false'  # fio lets no URI name a file, so no authority either
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.exists(self.socket):
            assert self.process.poll() is None, self.words
            time.sleep(0.02)
        time.sleep(0.3)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        if os.path.exists(self.socket):
            os.unlink(self.socket)


def fio(server, words):
    global seed
    seed += 1
    text = run('fio', '--name=j', '--output-format=json', '--ioengine=nbd', '--uri=' + server.uri, '--size=%dM' % options.size_mib,
               '--norandommap', '--randseed=%d' % (seed * 7919), *words.split())
    job = json.loads(text[text.index('{'):])['jobs'][0]
    part = job['read'] if job['read']['io_bytes'] else job['write']
    return part['total_ios'] / (part['runtime'] / 1000)


def fill(server):
    fio(server, '--rw=write --bs=1m --iodepth=8 --refill_buffers --end_fsync=1')


def report(name, ours, theirs, what):
    ratios = [a / b for a, b in zip(ours, theirs)]
    print('%-8s %9.0f /s  %9.0f /s  %5.2f  (%.2f-%.2f)  %s' % (
        name, statistics.median(ours), statistics.median(theirs), statistics.median(ratios), min(ratios), max(ratios), what), flush=True)


def timed(words, secs=options.secs):
    return '%s --time_based --runtime=%dms' % (words, secs * 1000)  # fio takes a fraction of a second for none


def compare(words, ours, theirs):
    if options.warm_secs > 0:
        for server in ours, theirs:
            fio(server, timed(words, options.warm_secs))
    return zip(*[(fio(ours, timed(words)), fio(theirs, timed(words))) for _ in range(options.reps)])


PLAIN = {
    'read1': '--rw=randread --bs=4k --iodepth=1', 'read16': '--rw=randread --bs=4k --iodepth=16',
    'write1': '--rw=randwrite --bs=4k --iodepth=1', 'write16': '--rw=randwrite --bs=4k --iodepth=16',
    'readm': '--rw=read --bs=1m --iodepth=8', 'writem': '--rw=write --bs=1m --iodepth=8',
}
servers = []
try:
    jobs = options.jobs.split(',')
    tls, nbdkit_tls = [], []
    if options.tls:
        assert not {'flush1', 'snap'} & set(jobs), 'flush1 and snap are measured without TLS'
        certificate, key = os.path.join(folder, 'server-cert.pem'), os.path.join(folder, 'server-key.pem')
        run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost', '-keyout', key, '-out', certificate)
        shutil.copy(certificate, os.path.join(folder, 'ca-cert.pem'))
        tls = ['--tls-certificate', certificate, '--tls-key', key]
        nbdkit_tls = ['--tls=require', '--tls-certificates=' + folder]
    pool = os.path.join(folder, 'pool')
    blocksnap('pool', 'create', pool)
    blocksnap('disk', 'create', pool, 'disk', '--size', '%dM' % options.size_mib)
    ours = Server('ours', [options.command, 'serve', pool, '--unix', 'SOCKET', *tls], 'disk')
    servers.append(ours)
    fill(ours)
    if any(job in PLAIN for job in jobs):
        memory = Server('memory', ['nbdkit', '-f', '-U', 'SOCKET', *nbdkit_tls, 'memory', '%dM' % options.size_mib])
        servers.append(memory)
        fill(memory)
        for job in [job for job in jobs if job in PLAIN]:
            report(job, *compare(PLAIN[job], ours, memory), 'nbdkit memory')

    if 'flush1' in jobs or 'snap' in jobs:
        image = os.path.join(folder, 'image.qcow2')
        run('qemu-img', 'create', '-q', '-f', 'qcow2', image, '%dM' % options.size_mib)
        qcow2 = Server('qcow2', ['qemu-nbd', '-t', '-e', '8', '-k', 'SOCKET', '--cache=writeback', '--aio=threads', '--discard=unmap', '-f', 'qcow2', image])
        servers.append(qcow2)
        fill(qcow2)
        if 'flush1' in jobs:
            report('flush1', *compare('--rw=randwrite --bs=4k --iodepth=1 --fsync=1', ours, qcow2), 'qcow2')

        if 'snap' in jobs:
            words = '--rw=randwrite --bs=4k --iodepth=1 --io_size=64M'
            kept, other, ratio = [], [], []
            for i in range(-2, options.reps):
                if i > -2:
                    blocksnap('snapshot', 'delete', pool, 'disk@r%d' % (i - 1))
                    time.sleep(1)  # what it held is given back meanwhile
                before = fio(ours, words)
                blocksnap('snapshot', 'create', pool, 'disk@r%d' % i)
                after = fio(ours, words)
                if i >= 0:
                    kept.append((after, before))
                if i not in range(3):
                    continue  # three rounds of qcow2 take half a minute
                theirs = fio(qcow2, words)
                qcow2.stop()
                if i > 0:
                    run('qemu-img', 'snapshot', '-d', 'r%d' % (i - 1), image)
                run('qemu-img', 'snapshot', '-c', 'r%d' % i, image)
                qcow2.start()
                other.append((fio(qcow2, words), theirs))
                ratio.append((after, other[-1][0]))
            report('snap', *zip(*kept), 'right after a snapshot, to before')
            report('snap', *zip(*other), 'the same, qcow2')
            report('snap', *zip(*ratio), 'right after, to qcow2 right after')
finally:
    for server in servers:
        server.stop()
    shutil.rmtree(folder)
