using System.Reflection;
using BlockSnap.Tests.Checks;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>
/// Every sync of a file or directory in the library, left out one at a time, is noticed (FAULTS: the mutation score of the sync points is
/// 100 %). The syncs are found in the compiled library, so that none can be forgotten.
/// </summary>
public sealed class SyncPointTests(ITestOutputHelper output)
{
    private static readonly byte[] s_library = File.ReadAllBytes(CallSites.LibraryPath);

    /// <summary>Syncs of the engine: a crash finds the pool damaged, or data missing that were acknowledged.</summary>
    public static TheoryData<string> Engine =>
    [
        "CheckpointFiles.Flush -> IDeviceFile.Flush 1", // the table
        "CheckpointFiles.Flush -> IDeviceFile.Flush 2", // the counts
        "CheckpointFiles.Flush -> IDeviceFile.Flush 3", // the releases
        "CheckpointFiles.WriteOverLeftOver -> IDeviceFile.Flush 1",
        "CheckpointFiles.WriteSuperblock -> IDeviceFile.Flush 1",
        "CheckpointFiles.WriteSuperblock -> IStorageDevice.FlushNames 1",
        "LogBlockStore.FlushReplayed -> IDeviceFile.Flush 1",
        "LogBlockStore.FlushReplayed -> IStorageDevice.FlushNames 1",
        "LogBlockStore.TryWriteContainer -> IDeviceFile.Flush 1",
        "LogBlockStore.TryWriteContainer -> IStorageDevice.FlushNames 1",
        "LogWriter.FlushFiles -> IDeviceFile.Flush 1",
        "LogWriter.FlushFiles -> IStorageDevice.FlushNames 1",
    ];

    /// <summary>Syncs of the directory device, each with the system call that it makes, the verb of the target that comes there, and the step that must fail.</summary>
    public static TheoryData<string, string, string, string> Device => new()
    {
        { "DirectoryDevice.FlushNames -> Libc.Sync 1", "fsync", "device-steps", "flush-names" },
        { "DirectoryDeviceFile.Flush -> Libc.SyncData 1", "fdatasync", "device-steps", "flush" },
        { "DurableDirectory.Create -> DurableDirectory.SyncParent 1", "fsync", "device-create", "create" },
        { "DurableDirectory.Create -> DurableDirectory.SyncParent 2", "fsync", "device-create again", "create" },
        { "DurableDirectory.SyncParent -> Libc.Sync 1", "fsync", "device-create", "create" },
    };

    /// <summary>Syncs of what a repair writes: a crash leaves a target that is neither no pool nor the whole one.</summary>
    public static TheoryData<string> Repair =>
    [
        "DiskPool.Copy -> IDeviceFile.Flush 1",
        "DiskPool.Copy -> IStorageDevice.FlushNames 1", // before the superblock
        "DiskPool.Copy -> IStorageDevice.FlushNames 2",
    ];

    [Fact]
    public void EverySync_IsInOneOfTheLists()
    {
        string[] listed = [.. Engine.Select(row => row.Data), .. Repair.Select(row => row.Data), .. Device.Select(row => row.Data.Item1), .. ElsewhereOnly, .. ForSpeedOnly];
        Assert.Equal(listed.Order(StringComparer.Ordinal), SyncPoints.FindAll(s_library).Select(point => point.Name).Order(StringComparer.Ordinal));
        output.WriteLine($"{listed.Length} syncs, {Engine.Count} of the engine, {Repair.Count} of a repair, {Device.Count} of the device, {ElsewhereOnly.Length} on other systems only, {ForSpeedOnly.Length} that nothing relies on");
    }

    // Zeros in a file that is not in use yet: whoever uses it flushes it again, whatever lies in it.
    private static string[] ForSpeedOnly => ["SegmentFiles.WriteZeros -> IDeviceFile.Flush 1"];

    // Not reached on Linux.
    private static string[] ElsewhereOnly => ["Libc.SyncData -> Libc.Sync 1"];

    [Fact]
    public void NoneLeftOut_NothingIsFound()
    {
        (long states, string violation) = Hunt(s_library);
        Assert.Equal("", violation);
        output.WriteLine($"{states} crash states, 0 violations");
    }

    [Theory]
    [MemberData(nameof(Engine))]
    public void LeftOut_IsCaughtByACrash(string name)
    {
        (long states, string violation) = Hunt(CallSites.Without(s_library, Find(name)));
        Assert.True(violation.Length > 0, $"{states} crash states did not notice that {name} is missing");
        output.WriteLine($"{name}: caught by crash state {states}: {violation.Split('\n')[0]}");
    }

    [Fact]
    public void NoneLeftOut_OfARepair_NothingIsFound() => Assert.Equal("", Hunt(s_library, typeof(RepairCrashHunt)).Violation);

    [Theory]
    [MemberData(nameof(Repair))]
    public void LeftOutOfARepair_IsCaughtByACrash(string name)
    {
        (long states, string violation) = Hunt(CallSites.Without(s_library, Find(name)), typeof(RepairCrashHunt));
        Assert.True(violation.Length > 0, $"{states} crash states did not notice that {name} is missing");
        output.WriteLine($"{name}: caught among {states} crash states: {violation.Split('\n')[0]}");
    }

    [Theory]
    [MemberData(nameof(Device))]
    public async Task LeftOut_HidesAFailureThatIsToldOtherwise(string name, string call, string verb, string step)
    {
        using var directory = new TempDirectory();
        string[] whole = await RunAsync(directory["whole"], s_library);
        Assert.Contains(whole, line => line.StartsWith($"failed {step} ", StringComparison.Ordinal));
        string[] mutant = await RunAsync(directory["mutant"], CallSites.Without(s_library, Find(name)));
        Assert.Contains($"ok {step}", mutant);

        async Task<string[]> RunAsync(string path, byte[] library)
        {
            string program = FaultTargetProcess.CopyWith(library, Path.Join(path, "program"));
            string data = Path.Join(path, "data");
            if (verb != "device-create")
            {
                Directory.CreateDirectory(data);
            }

            return await FaultTargetProcess.RunUnderStraceAsync([$"{call}:error=EIO:when=1+"], null, [verb.Split(' ')[0], data], program: program);
        }
    }

    private static (long States, string Violation) Hunt(byte[] library) => Hunt(library, typeof(SyncPointHunt));

    private static (long States, string Violation) Hunt(byte[] library, Type hunt)
    {
        MethodInfo run = new MutantContext(library).Tests.GetType(hunt.FullName!)!.GetMethod(nameof(SyncPointHunt.Run))!;
        return ((long, string))run.Invoke(null, null)!;
    }

    private static CallSite Find(string name) => SyncPoints.FindAll(s_library).Single(point => point.Name == name);
}
