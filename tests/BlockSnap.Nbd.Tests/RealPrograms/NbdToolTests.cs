using System.Security.Cryptography;
using System.Text.Json;
using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.RealPrograms;

/// <summary>Clients that others wrote: libnbd's tools and qemu's.</summary>
public sealed class NbdToolTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Nbdinfo_ListsExports_AndTellsBothMaps()
    {
        OutsideProgram.SkipUnlessPresent("libnbd-bin", "nbdinfo");
        await using ServingPool served = await ServingPool.StartAsync(size: 16 * MiB);
        await using IDisk disk = served.Pool.OpenDisk("disk");
        disk.Write(MiB, Random(MiB));
        await disk.Chain.CreateAsync("monday");
        disk.Write(4 * MiB, Random(8192));

        JsonElement list = JsonElement.Parse(await OutsideProgram.RunToSuccessAsync("nbdinfo", "--json", "--list", ServingPool.At(served.Socket, "")));
        Assert.Equal(["disk", "disk@monday"], list.GetProperty("exports").EnumerateArray().Select(export => export.GetProperty("export-name").GetString()));
        Assert.Equal([false, true], list.GetProperty("exports").EnumerateArray().Select(export => export.GetProperty("is_read_only").GetBoolean()));
        Assert.Equal("16777216", (await OutsideProgram.RunToSuccessAsync("nbdinfo", "--size", served.Uri())).Trim());
        Assert.Equal([(0, MiB, 3), (MiB, MiB, 0), (2 * MiB, 2 * MiB, 3), (4 * MiB, 8192, 0), ((4 * MiB) + 8192, (12 * MiB) - 8192, 3)], await MapAsync("--map", served.Uri()));
        Assert.Equal([(0, 4 * MiB, 0), (4 * MiB, 8192, 1), ((4 * MiB) + 8192, (12 * MiB) - 8192, 0)], await MapAsync("--map=blocksnap:changed:monday", served.Uri()));
    }

    [Fact]
    public async Task Nbdcopy_InAndOut_GivesTheSameBytes()
    {
        OutsideProgram.SkipUnlessPresent("libnbd-bin", "nbdcopy");
        await using ServingPool served = await ServingPool.StartAsync(size: 24 * MiB);
        byte[] image = Image(24 * MiB);
        await File.WriteAllBytesAsync(served.File("in.raw"), image);
        await OutsideProgram.RunToSuccessAsync("nbdcopy", "--flush", served.File("in.raw"), served.Uri());
        await OutsideProgram.RunToSuccessAsync("nbdcopy", served.Uri(), served.File("out.raw"));
        byte[] copied = await File.ReadAllBytesAsync(served.File("out.raw"));
        Assert.True(image.AsSpan().SequenceEqual(copied));
        await using IDisk disk = served.Pool.OpenDisk("disk");
        long allocated = await disk.GetAllocatedExtentsAsync().Select(range => range.Length).SumAsync();
        Assert.InRange(allocated, 1, 13 * MiB); // the image's zeros took nothing
    }

    [Fact]
    public async Task QemuImg_ConvertCompareMap_Agree()
    {
        OutsideProgram.SkipUnlessPresent("qemu-utils", "qemu-img", "qemu-io");
        await using ServingPool served = await ServingPool.StartAsync(size: 24 * MiB);
        await File.WriteAllBytesAsync(served.File("in.raw"), Image(24 * MiB));
        await OutsideProgram.RunToSuccessAsync("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", served.File("in.raw"), served.Uri());
        await OutsideProgram.RunToSuccessAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", served.File("in.raw"), served.Uri());
        await OutsideProgram.RunToSuccessAsync("qemu-img", "convert", "-f", "raw", "-O", "qcow2", served.Uri(), served.File("o.qcow2"));
        await OutsideProgram.RunToSuccessAsync("qemu-img", "compare", "-f", "raw", "-F", "qcow2", served.Uri(), served.File("o.qcow2"));
        JsonElement map = JsonElement.Parse(await OutsideProgram.RunToSuccessAsync("qemu-img", "map", "--output=json", served.Uri()));
        Assert.Equal(12 * MiB, map.EnumerateArray().Where(run => run.GetProperty("data").GetBoolean()).Sum(run => run.GetProperty("length").GetInt32()));

        await File.WriteAllBytesAsync(served.File("other.raw"), Random(24 * MiB));
        Assert.NotEqual(0, (await OutsideProgram.RunAsync("qemu-img", "compare", "-f", "raw", "-F", "raw", served.File("other.raw"), served.Uri())).ExitCode); // the control
    }

    [Fact]
    public async Task QemuIo_PatternsDiscardsAndZeroes_AreReadBack()
    {
        OutsideProgram.SkipUnlessPresent("qemu-utils", "qemu-io");
        await using ServingPool served = await ServingPool.StartAsync(size: 16 * MiB);
        string said = await OutsideProgram.RunToSuccessAsync(
            "qemu-io", "-f", "raw", "-c", "write -P 0xaa 0 64k", "-c", "discard 32k 16k", "-c", "write -P 7 2M 1M", "-c", "write -z -u 2M 512k", "-c", "write -f -P 9 1234 777",
            "-c", "flush", "-c", "read -P 0 32k 16k", "-c", "read -P 0 2M 512k", "-c", "read -P 7 2560k 512k", "-c", "read -P 9 1234 777", "-c", "read -P 0xaa 48k 16k", served.Uri());
        Assert.DoesNotContain("Pattern verification failed", said);
        Assert.Contains("Pattern verification failed", (await OutsideProgram.RunAsync("qemu-io", "-f", "raw", "-c", "read -P 8 1234 777", served.Uri())).Output); // the control
    }

    [Fact]
    public async Task Libnbd_EveryFlag_IsHonoured()
    {
        // Not the first one on the path, which may be a user's own: the module is the system's.
        const string Python = "/usr/bin/python3";
        bool present = File.Exists(Python) && (await OutsideProgram.RunAsync("env", Python, "-c", "import nbd")).ExitCode == 0;
        Assert.SkipUnless(present, "The module nbd was not found: install the package python3-libnbd.");
        await using ServingPool served = await ServingPool.StartAsync(size: 16 * MiB);
        await File.WriteAllTextAsync(served.File("flags.py"), """
            import nbd, sys
            h = nbd.NBD()
            h.add_meta_context("base:allocation")
            h.connect_uri(sys.argv[1])
            assert h.can_multi_conn() and h.can_fua() and h.can_trim() and h.can_zero() and h.can_fast_zero() and h.can_cache() and h.can_df() and h.can_flush()
            assert (h.get_block_size(nbd.SIZE_MINIMUM), h.get_block_size(nbd.SIZE_PREFERRED), h.get_block_size(nbd.SIZE_MAXIMUM)) == (1, 4096, 32 << 20)
            data = bytes(range(256)) * 256
            h.pwrite(data, 4096, nbd.CMD_FLAG_FUA)
            assert h.pread(65536, 4096) == data
            def whole(buf, off, kind, error): kinds.append(kind)
            kinds = []
            assert h.pread_structured(1 << 20, 0, whole, nbd.CMD_FLAG_DF)[4096:69632] == data and kinds == [nbd.READ_DATA]
            kinds = []
            h.pread_structured(1 << 20, 0, whole)
            assert nbd.READ_HOLE in kinds and nbd.READ_DATA in kinds
            h.zero(512, 4096, nbd.CMD_FLAG_NO_HOLE | nbd.CMD_FLAG_FUA | nbd.CMD_FLAG_FAST_ZERO)
            assert h.pread(1024, 4096) == bytes(512) + data[512:1024]
            h.trim(8192, 8192, nbd.CMD_FLAG_FUA)
            h.cache(1 << 20, 0)
            h.flush()
            extents = []
            h.block_status(16 << 20, 0, lambda m, o, e, err: extents.append(e), nbd.CMD_FLAG_REQ_ONE)
            assert extents == [[4096, 3]], extents
            h.set_strict_mode(0)
            for bad in (lambda: h.pread(512, 16 << 20), lambda: h.pwrite(b"x" * 512, (16 << 20) - 1), lambda: h.pread(0, 0), lambda: h.pread(512, 0, 1 << 9), lambda: h.trim(1 << 30, 0)):
                try: bad()
                except nbd.Error as e: assert e.errnum in (22, 28), e
                else: raise SystemExit("an illegal request was allowed")
            g = nbd.NBD(); g.connect_uri(sys.argv[1])
            h.pwrite(b"seen by all", 0); h.flush()
            assert g.pread(11, 0) == b"seen by all"
            cookies = [h.aio_pread(nbd.Buffer(65536), i * 65536) for i in range(64)]
            while cookies: h.poll(-1); cookies = [c for c in cookies if not h.aio_command_completed(c)]
            h.shutdown(); g.shutdown(); print("ok")
            """);
        Assert.Contains("ok", await OutsideProgram.RunToSuccessAsync("env", Python, served.File("flags.py"), served.Uri()));
    }

    [Fact]
    public async Task SocketActivation_ByNbdinfo_StartsTheServer()
    {
        OutsideProgram.SkipUnlessPresent("libnbd-bin", "nbdinfo");
        await using ServerProcess server = await ServerProcess.StartAsync("16M");
        await server.StopAsync();
        Assert.Equal("16777216", (await OutsideProgram.RunToSuccessAsync("nbdinfo", ["--size", "--", "[", .. ServerProcess.Command, "serve", server.PoolPath, "]"])).Trim());
    }

    [Fact]
    public async Task Checkwrite_OfNbdkit_FindsNoWrongByte()
    {
        OutsideProgram.SkipUnlessPresent("nbdkit", "nbdkit", "nbdcopy");
        await using ServingPool served = await ServingPool.StartAsync(size: 8 * MiB);
        await using IDisk disk = served.Pool.OpenDisk("disk");
        byte[] image = Image(8 * MiB);
        disk.Write(0, image);
        await File.WriteAllBytesAsync(served.File("in.raw"), image);
        string[] run = ["-U", "-", "--filter=checkwrite", "nbd", $"socket={served.Socket}", "export=disk", "--run", $"nbdcopy {served.File("in.raw")} $uri"];
        await OutsideProgram.RunToSuccessAsync("nbdkit", run);
        disk.Write(5000, [(byte)(image[5000] ^ 1)]);
        Assert.NotEqual(0, (await OutsideProgram.RunAsync("nbdkit", run)).ExitCode); // the control
    }

    private static async Task<List<(int Offset, int Length, int Flags)>> MapAsync(params string[] arguments)
    {
        JsonElement map = JsonElement.Parse(await OutsideProgram.RunToSuccessAsync("nbdinfo", ["--json", .. arguments]));
        return [.. map.EnumerateArray().Select(run => (run.GetProperty("offset").GetInt32(), run.GetProperty("length").GetInt32(), run.GetProperty("type").GetInt32()))];
    }

    private static byte[] Random(int length) => RandomNumberGenerator.GetBytes(length);

    // Data and zeros in turns of a MiB.
    private static byte[] Image(int length)
    {
        byte[] image = Random(length);
        for (int at = MiB; at < length; at += 2 * MiB)
        {
            image.AsSpan(at, MiB).Clear();
        }

        return image;
    }
}
