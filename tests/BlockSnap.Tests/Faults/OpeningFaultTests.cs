using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Faults;

/// <summary>Every call to the device fails once while a pool is created, or opened after a crash: nothing stays open, and the next attempt succeeds.</summary>
public sealed class OpeningFaultTests(ITestOutputHelper output)
{
    [Fact]
    public async Task FailureWhileCreatingOrOpening_LeavesNoFileOpen_AndTheNextAttemptSucceeds()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "counts open files in /proc");
        int faults = 0;
        foreach (DeviceCall kind in Enum.GetValues<DeviceCall>())
        {
            bool failed = true;
            for (int at = 1; failed; at++)
            {
                using var directory = new TempDirectory();
                using var device = new DirectoryDevice(directory["pool"], create: true);
                failed = FailsAt(device, kind, at, static target => CrashChoice.Create(target), $"create, {kind} {at}");
                using (DiskPool pool = await DiskPool.OpenOrCreateAsync(device, CrashChoice.Options()))
                {
                    Assert.Empty(pool.ListDisks());
                }

                if (failed)
                {
                    faults++;
                }
            }

            failed = true;
            for (int at = 1; failed; at++)
            {
                using var directory = new TempDirectory();
                using var device = new DirectoryDevice(directory["pool"], create: true);
                await CrashAsync(device);
                failed = FailsAt(device, kind, at, static target => CrashChoice.Open(target), $"open, {kind} {at}");
                using DiskPool pool = CrashChoice.Open(device);
                pool.OpenDisk("a").AssertBlock(7, 7);
                await pool.AssertSoundAsync();
                if (failed)
                {
                    faults++;
                }
            }
        }

        output.WriteLine($"{faults} faults while creating or opening, 0 files left open");
        Assert.True(faults > 30, $"only {faults} faults");
    }

    // Some call of that number and kind failed the attempt; false when there were not so many.
    private static bool FailsAt(DirectoryDevice device, DeviceCall kind, int at, Func<IStorageDevice, DiskPool> attempt, string where)
    {
        int before = OpenFiles(device.Description);
        var faulty = new FaultyDevice(device, kind, at, forever: kind == DeviceCall.Read); // a read is tried again
        Exception? failure = Record.Exception(() => attempt(faulty).Abandon());
        Assert.True(failure is IOException or null, $"{where}: {failure}");
        Assert.True(OpenFiles(device.Description) == before, $"{where}: {OpenFiles(device.Description) - before} files left open");
        return faulty.HasFailed;
    }

    private static async Task CrashAsync(DirectoryDevice device)
    {
        DiskPool pool = CrashChoice.Create(device);
        IDisk disk = await pool.CreateDiskAsync("a", 1 << 20);
        for (int index = 0; index < 20; index++)
        {
            disk.WriteBlock(index, index);
        }

        await pool.CheckpointAsync();
        disk.WriteBlock(20, 20);
        disk.Flush();
        pool.Abandon();
    }

    private static int OpenFiles(string directory) =>
        Directory.EnumerateFiles("/proc/self/fd").Count(link => new FileInfo(link).LinkTarget is { } target && target.StartsWith(directory, StringComparison.Ordinal));
}
