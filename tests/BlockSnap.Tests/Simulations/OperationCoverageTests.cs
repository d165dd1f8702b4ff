using System.Reflection;
using BlockSnap.Catalogs;
using BlockSnap.Items;
using BlockSnap.Tests.Crashes;
using BlockSnap.Tests.Infrastructure;
using BlockSnap.Tests.Model;
using FsCheck.Fluent;

namespace BlockSnap.Tests.Simulations;

/// <summary>
/// Everything that changes a pool occurs in the simulation, in the histories that crash at every call, and in the random histories: each public
/// method, each option of such a call, each kind of operation and item in the log. The lists come from the compiled library, what occurs from the
/// operations that were done and from the log that they left; so whatever is added to the library is missed here until it is in all three.
/// To mend a failure: an operation in BlockSnap.Simulation/Model, a step for it in LifeTranslator; or, for what changes nothing, a line below.
/// </summary>
public sealed class OperationCoverageTests(ITestOutputHelper output)
{
    private const int LogInterval = 10;

    // Methods that change nothing that is durable.
    private static readonly string[] s_looks =
    [
        "DiskPool.CheckAsync", "DiskPool.DiffAsync", "DiskPool.FindSnapshot", "DiskPool.GetUsageAsync", "DiskPool.ListDisks", "DiskPool.ListSnapshots",
        "DiskPool.OpenChain", "DiskPool.OpenDisk", "DiskPool.PreviewCompactAsync", "DiskPool.PreviewDeleteAsync", "DiskPool.PreviewDeleteDiskAsync", "DiskPool.UsersOf",
        "IDisk.AsStream", "IDisk.GetAllocatedExtentsAsync", "IDisk.Read", "IDisk.ReadAsync",
        "ISnapshotChain.CanRollback", "ISnapshotChain.Find", "ISnapshotChain.FindAt", "ISnapshotChain.GetUsageAsync", "ISnapshotChain.Open", "ISnapshotChain.PreviewDeleteAsync",
        "ISnapshotChain.PreviewSynchronizeFromAsync", "SnapshotGroups.CanRollback", "SnapshotGroups.CanUndoRollback", "SnapshotGroups.Find", "SnapshotGroups.List", "SnapshotGroups.PreviewDeleteAsync", "PoolImages.Find", "PoolImages.List",
        "SnapshotPolicies.Find", "SnapshotPolicies.List", "SnapshotPolicies.ListDisks", "SnapshotPolicies.NextDue", "SnapshotPolicies.OfDisk",
        "DiskImage.ExportAsync", "DiskImage.PreviewUpdateAsync", "DiskImage.SalvageAsync",
        "PolicyRunOptions.set_DryRun", "SnapshotDeleteOptions.set_DryRun", "ScrubOptions.set_BytesPerSecond",
    ];

    // What the three do as steps of their own.
    private static readonly string[] s_ends = ["DiskPool.Dispose", "DiskPool.DisposeAsync"];

    private static readonly Type[] s_subjects = [typeof(DiskPool), typeof(IDisk), typeof(ISnapshotChain), typeof(SnapshotGroups), typeof(PoolImages), typeof(SnapshotPolicies), typeof(DiskImage)];

    private static readonly Type[] s_options =
        [typeof(SnapshotOptions), typeof(SnapshotHooks), typeof(SnapshotDeleteOptions), typeof(RollbackOptions), typeof(SnapshotPolicy), typeof(PolicyRunOptions), typeof(ScrubOptions)];

    private readonly OperationCalls _calls = new();
    private readonly Dictionary<string, int> _calledIn = [];
    private readonly HashSet<string> _logged = [];
    private int _done;

    private static IEnumerable<string> Calls =>
        s_subjects.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(method => !method.IsSpecialName && IsNoOpening(method)))
            .Concat(s_options.SelectMany(type => type.GetProperties().Select(property => property.SetMethod).OfType<MethodInfo>().Where(setter => setter.IsPublic)))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
            .Distinct()
            .Except(s_ends);

    // Kinds of operations; of those for items the kinds that have one: snapshots, disks, groups, events come otherwise, and the clock goes with a checkpoint.
    private static IEnumerable<string> Logged =>
        typeof(PoolOperation).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(PoolOperation))).Select(type => type.Name)
            .Except([nameof(PoolOperation.PutItem), nameof(PoolOperation.RemoveItem)])
            .Concat(Enum.GetValues<ItemKind>()
                .Except([ItemKind.Disk, ItemKind.Snapshot, ItemKind.UndoPoint, ItemKind.Group, ItemKind.Event]).Select(kind => $"put {kind}"))
            .Concat(((ItemKind[])[ItemKind.Group, ItemKind.Image, ItemKind.PoolState, ItemKind.Policy]).Select(kind => $"remove {kind}"));

    [Fact]
    public void Looks_AreAllThere() => Assert.Empty(s_looks.Except(Calls));

    [Fact]
    public void Simulation_DoesEverythingThatChangesAPool()
    {
        for (int seed = 1; seed <= 60; seed++)
        {
            Simulator.Run(SimulationCase.Of(seed, 200), done: Note);
        }

        AssertAll();
    }

    [Fact]
    public void CrashHistories_DoEverythingThatChangesAPool()
    {
        foreach ((int seed, int operations) in CrashTests.Histories.Select(row => (row.Data.Item1, row.Data.Item2)))
        {
            var medium = new CrashableDevice();
            var run = new CrashRun { Done = operation => Note(operation, medium) };
            var workload = new CrashWorkload(seed);
            using DiskPool pool = CrashChoice.Create(medium, time: workload.Time);
            foreach (CrashOperation operation in CrashWorkload.Disks())
            {
                run.Do(pool, operation);
            }

            for (int i = 0; i < operations; i++)
            {
                run.Do(pool, workload.Next(run.Model));
            }
        }

        AssertAll();
    }

    [Fact]
    public async Task RandomHistories_DoEverythingThatChangesAPool()
    {
        const int HistoriesMax = 3000; // other ones each time: as many as it takes, some hundreds
        foreach (string call in _calls.Of(typeof(HistoryRunner)))
        {
            _calledIn.TryAdd(call, 0);
        }

        for (int i = 0; i < HistoriesMax && Calls.Except(s_looks).Any(call => !_calledIn.ContainsKey(call)); i++)
        {
            await HistoryRunner.RunAsync(History.Arbitrary.Generator.Sample(200, 1)[0], PoolChoice.Small, done: operation => Note(operation, null));
        }

        AssertAll(hasLog: false);
    }

    private static bool IsNoOpening(MethodInfo method) => !(method.IsStatic && method.DeclaringType == typeof(DiskPool)); // CreateAsync, OpenAsync; RepairAsync, which has tests of its own

    private void Note(CrashOperation operation, CrashableDevice? medium)
    {
        if (!operation.IsRefused)
        {
            foreach (string call in _calls.Of(operation))
            {
                _calledIn[call] = _calledIn.GetValueOrDefault(call) + 1;
            }
        }

        if (medium is not null && ++_done % LogInterval == 0)
        {
            CrashableDevice copy = medium.Copy();
            foreach (string file in copy.List().Where(name => name.StartsWith("data-", StringComparison.Ordinal)))
            {
                PoolSurgeon.Operations(copy, file).ForEach(NoteLogged);
            }
        }
    }

    private void NoteLogged(PoolOperation operation)
    {
        _logged.Add(operation switch
        {
            PoolOperation.PutItem put => $"put {put.Item.Kind}",
            PoolOperation.RemoveItem remove => $"remove {remove.Kind}",
            _ => operation.GetType().Name,
        });
        if (operation is PoolOperation.Several several)
        {
            foreach (PoolOperation part in several.Parts)
            {
                NoteLogged(part);
            }
        }
    }

    private void AssertAll(bool hasLog = true)
    {
        string[] wanted = [.. Calls.Except(s_looks)];
        string[] missing = [.. wanted.Where(call => !_calledIn.ContainsKey(call)), .. hasLog ? Logged.Except(_logged).Select(kind => $"in the log: {kind}") : []];
        Assert.True(missing.Length == 0, $"never done: {string.Join(", ", missing)}");
        output.WriteLine($"{wanted.Length} calls and options: {string.Join(", ", wanted.Select(call => $"{call} {_calledIn[call]}"))}");
        output.WriteLine($"{_logged.Count} kinds in the log: {string.Join(", ", _logged.Order(StringComparer.Ordinal))}");
    }
}
