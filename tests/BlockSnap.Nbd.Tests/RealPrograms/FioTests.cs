using BlockSnap.Nbd.Tests.Infrastructure;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Nbd.Tests.RealPrograms;

/// <summary>fio writes, and proves what it reads by checksums of its own.</summary>
public sealed class FioTests
{
    [Theory]
    [InlineData("--rw=randwrite --bssplit=4k/60:16k/30:64k/10 --size=32M --iodepth=8")]
    [InlineData("--rw=randrw --bs=4k --size=16M --iodepth=16 --numjobs=3 --offset_increment=16M --fsync=32")]
    [InlineData("--rw=write --bs=1m --size=64M --iodepth=4 --end_fsync=1")]
    [InlineData("--rw=randwrite --bsrange=512-20k --bs_unaligned=1 --size=8M --iodepth=4")]
    public async Task Verify_AfterWrites_FindsEveryByte(string job)
    {
        OutsideProgram.SkipUnlessPresent("fio", "fio");
        await using ServingPool served = await ServingPool.StartAsync(size: 64 << 20);
        await FioAsync(served.Uri(), served.File("."), $"{job} --verify=crc32c --verify_fatal=1 --do_verify=1");
    }

    [Fact]
    public async Task Verify_AfterTrims_FindsThemZero()
    {
        OutsideProgram.SkipUnlessPresent("fio", "fio");
        await using ServingPool served = await ServingPool.StartAsync(size: 16 << 20);
        await FioAsync(served.Uri(), served.File("."), "--rw=randtrimwrite --bs=4k --size=16M --iodepth=4 --verify=crc32c --do_verify=1");
    }

    [Fact]
    public async Task Kill_AfterAFlush_LosesNothingOfIt()
    {
        OutsideProgram.SkipUnlessPresent("fio", "fio");
        await using ServerProcess server = await ServerProcess.StartAsync("64M");
        const string Flushed = "--rw=randwrite --bs=4k --size=8M --iodepth=8 --numjobs=3 --offset_increment=8M --randseed=4 --verify=crc32c";
        for (int round = 0; round < 3; round++)
        {
            string seed = $"{Flushed} --verify_pattern=0x{round + 1:x2}";
            await FioAsync(server.Uri(), server.File("."), $"{seed} --do_verify=0 --end_fsync=1");

            // More writes, beside what was flushed, until the server is killed under them.
            Task writes = OutsideProgram.RunAsync(
                "fio", "--name=more", "--ioengine=nbd", $"--uri={server.Uri()}", "--rw=randwrite", "--bs=4k", "--offset=32M", "--size=16M", "--iodepth=8", "--time_based", "--runtime=30");
            await Task.Delay(300);
            await server.KillAsync();
            await writes;
            await server.ServeAsync();
            await FioAsync(server.Uri(), server.File("."), $"{seed} --do_verify=1 --verify_only --verify_fatal=1");
        }

        await server.StopAsync();
        await server.RunAsync("check", server.PoolPath, "--data");
    }

    private static Task<string> FioAsync(string uri, string folder, string job) =>
        OutsideProgram.RunToSuccessAsync("fio", ["--name=t", "--ioengine=nbd", $"--uri={uri}", $"--aux-path={folder}", .. job.Split(' ')]);
}
