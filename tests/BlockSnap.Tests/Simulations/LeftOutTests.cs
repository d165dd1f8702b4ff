using System.Text.RegularExpressions;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Simulations;

/// <summary>
/// Planted bugs in what operations do, keep and bring back: a statement is left out of the compiled library, and the simulation finds it within
/// a stated number of seeds. One or more for each kind of operation and item. BLOCKSNAP_LEAVE_OUT names more of them by hand: what fails then
/// is a statement that the simulation would not miss.
/// </summary>
public sealed class LeftOutTests(ITestOutputHelper output)
{
    private const int SeedsMax = 100;

    private static readonly byte[] s_library = File.ReadAllBytes(CallSites.LibraryPath);

    /// <summary>The statements that are left out, and what the absence of each is.</summary>
    public static TheoryData<string, string> Statements
    {
        get
        {
            TheoryData<string, string> statements = Chosen;
            if (Environment.GetEnvironmentVariable("BLOCKSNAP_LEAVE_OUT") is { Length: > 0 } pattern)
            {
                statements.AddRange([.. StatementsOf(new Regex(pattern)).Where(name => !Chosen.Any(row => row.Data.Item1 == name)).Select(name => (name, "left out by hand"))]);
            }

            return statements;
        }
    }

    private static TheoryData<string, string> Chosen => new()
    {
        { "PoolCore.CommitOnce -> PoolCore.Append 1", "no operation is logged" },
        { "PoolCore.BlockSnap.Storage.ILogReplay.ReplayOperation -> Catalog.Apply 1", "logged, but not replayed" },
        { "PoolCore.Publish -> CatalogPages.Write 1", "a checkpoint without the catalog" },
        { "Catalog.CreateDisk -> BlockMap.Retain 1", "a clone without its count" },
        { "Catalog.DeleteDisk -> BlockMap.Release 1", "a deleted disk keeps its blocks" },
        { "Catalog.DeleteDisk -> Catalog.Remove 1", "what its policy said of a disk stays after it" },
        { "Catalog.Resize -> BlockMap.Clear 1", "what was cut off comes back" },
        { "Catalog.CreateGroup -> Catalog.Put 1", "a group's snapshots without the group" },
        { "Catalog.RemoveGroupIfEmpty -> Catalog.Remove 1", "a group stays after its last snapshot" },
        { "Catalog.Drop -> BlockMap.Release 1", "a deleted snapshot keeps its blocks" },
        { "Catalog.DeleteSnapshots -> Snapshot.set_Lock 1", "a lock comes back out of the trash" },
        { "Catalog.Undelete -> Snapshot.set_PurgeAfter 1", "what came out of the trash is purged all the same" },
        { "Catalog.Rollback -> Catalog.Drop 1", "an undo point is not used up" },
        { "Catalog.Replace -> BlockMap.Retain 1", "a rollback without its count" },
        { "Catalog.Replace -> DiskVolume.set_Size 1", "a rollback keeps the size" },
        { "Catalog.Put -> ItemState.set_Value 1", "a policy, quota or reading of the clock is not changed" },
        { "ChainState.Remove -> ChainState.set_AutomaticCount 1", "an automatic snapshot counts for the quota after it went" },
        { "SnapshotCodec.ReadMarks -> Snapshot.set_Holds 1", "holds forgotten by the replay" },
        { "SnapshotCodec.ReadMarks -> SnapshotLock.set_UntilElapsed 1", "a lock ends with a replay" },
        { "SnapshotCodec.WithMarks -> Snapshot.set_Expires 1", "a retention that is not kept" },
        { "ItemCodec.ReadImage -> PoolImage.set_SystemSnapshot 1", "an image forgets its first snapshot" },
        { "ItemCodec.ReadGroup -> SnapshotGroup.set_ClientToken 1", "a group forgets its token" },
        { "PolicyCodec.ReadPolicy -> SnapshotPolicy.set_RetentionDays 1", "a policy forgets its retention" },
        { "PolicyCodec.ReadDisk -> DiskPolicyItem.set_IsPaused 1", "a paused disk goes on after an opening" },
        { "EventCodec.Read -> PoolEvent.set_Detail 1", "events lose why" },
        { "ReleaseList.Load -> .Push 1", "releases are not gone on with" },
        { "LogBlockStore.Publish -> SegmentInfo.set_Kept 1", "compaction forgets which slots it kept" },
    };

    [Theory]
    [MemberData(nameof(Statements))]
    public void LeftOut_IsFoundWithinTheStatedSeeds(string statement, string what)
    {
        (long seed, string violation) = Hunt(Find(statement));
        Assert.True(seed > 0, $"{what}: {SeedsMax} seeds did not notice that {statement} is missing");
        output.WriteLine($"{what}: seed {seed}: {violation.Split('\n')[0]}");
    }

    /// <summary>What a person is given to look at is small, also where operations of every kind are among the steps.</summary>
    [Theory]
    [InlineData("Catalog.CreateGroup -> Catalog.Put 1")]
    [InlineData("SnapshotCodec.ReadMarks -> Snapshot.set_Holds 1")]
    public void LeftOut_ShrinksToFewSteps(string statement)
    {
        const int StepsMax = 8;
        (int steps, int shrunk) = ((int, int))HuntOf(Find(statement)).GetMethod(nameof(PlantedHunt.Shrink))!.Invoke(null, [SeedsMax, 300])!;
        Assert.InRange(shrunk, 1, StepsMax);
        output.WriteLine($"{statement}: {steps} steps, {shrunk} after shrinking");
    }

    private static (long Seed, string Violation) Hunt(CallSite statement) => ((long, string))HuntOf(statement).GetMethod(nameof(PlantedHunt.Run))!.Invoke(null, [SeedsMax])!;

    private static Type HuntOf(CallSite statement) => new MutantContext(CallSites.Without(s_library, statement)).Tests.GetType(typeof(PlantedHunt).FullName!)!;

    // All in the methods whose names meet a pattern, but those of compiled syntax and of messages.
    private static IEnumerable<string> StatementsOf(Regex methods) => CallSites.Find(s_library, (method, callee) => methods.IsMatch(method)
            && !callee.EndsWith(".Dispose", StringComparison.Ordinal) && !callee.EndsWith("..ctor", StringComparison.Ordinal) && !callee.Contains("InterpolatedString", StringComparison.Ordinal))
        .Where(site => site.IsStatement)
        .Select(site => site.Name);

    private static CallSite Find(string name) => CallSites.Find(s_library, (method, _) => name.StartsWith($"{method} -> ", StringComparison.Ordinal)).Single(site => site.Name == name);
}
