using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using BlockSnap.Cli;

namespace BlockSnap.Tests.Cli;

/// <summary>The shapes are a contract with scripts outside: they are spelled out here, byte for byte.</summary>
public class JsonShapeTests
{
    private static readonly DiskFacts _disk = new("d-1", "vm1", 1 << 20, 4096, 2);

    private static readonly SnapshotFacts _snapshot = SnapshotFacts.Of(new SnapshotUsage(
        new Snapshot
        {
            Id = new SnapshotId(Guid.Parse("0123456789abcdef0123456789abcdef")),
            DiskId = new DiskId(Guid.Empty),
            Name = "before",
            Created = new DateTimeOffset(2026, 11, 21, 6, 7, 8, 90, TimeSpan.FromHours(2)),
            Size = 1 << 20,
            Tags = new Dictionary<string, string> { ["team"] = "web" },
        },
        StoredBytes: 8192,
        ExclusiveBytes: 4096,
        SharedBytes: 12288));

    private const string DiskJson = """{"id":"d-1","name":"vm1","size":1048576,"blockSize":4096,"snapshots":2}""";

    private const string SnapshotJson =
        """{"id":"s-0123456789abcdef0123456789abcdef","name":"before","kind":"manual","created":"2026-11-21T04:07:08.090Z","size":1048576,"status":"accomplished","storedBytes":8192,"exclusiveBytes":4096,"sharedBytes":12288,"tags":{"team":"web"}}""";

    [Fact]
    public void Error_HasCodeAndMessage() => AssertShape(
        """{"error":{"code":"disk-not-found","message":"There is no disk 'è'."}}""",
        new ErrorResult(new ErrorFacts("disk-not-found", "There is no disk 'è'.")), CliJson.Relaxed.ErrorResult);

    [Fact]
    public void Pool_HasItsFacts() => AssertShape(
        """{"pool":{"id":"i","path":"/p","formatVersion":1,"created":"2026-11-21T04:07:08.090Z","disks":1,"snapshots":3}}""",
        new PoolResult(new PoolFacts("i", "/p", 1, "2026-11-21T04:07:08.090Z", 1, 3)), CliJson.Relaxed.PoolResult);

    [Fact]
    public void Disk_HasItsFacts() => AssertShape($$"""{"disk":{{DiskJson}}}""", new DiskResult(_disk), CliJson.Relaxed.DiskResult);

    [Fact]
    public void DiskList_HasDisksAndMarksDeletedOnes() => AssertShape(
        $$"""{"disks":[{{DiskJson}},{{DiskJson[..^1]}},"released":true}]}""",
        new DiskListResult([_disk, _disk with { Released = true }]), CliJson.Relaxed.DiskListResult);

    [Fact]
    public void DiskUpdate_HasDiskAndBytes() => AssertShape(
        $$"""{"disk":{{DiskJson}},"readBytes":10,"writtenBytes":5}""",
        new DiskUpdateResult(_disk, 10, 5), CliJson.Relaxed.DiskUpdateResult);

    [Fact]
    public void DiskSparsify_HasDiskAndBytes() => AssertShape(
        $$"""{"disk":{{DiskJson}},"checkedBytes":10,"holeBytes":5,"dryRun":true}""",
        new DiskSparsifyResult(_disk, 10, 5) { DryRun = true }, CliJson.Relaxed.DiskSparsifyResult);

    [Fact]
    public void DiskExport_OfHead_HasNoSnapshot() => AssertShape(
        """{"disk":"vm1","snapshot":null,"file":"vm1.raw","size":10}""",
        new DiskExportResult("vm1", null, "vm1.raw", 10), CliJson.Relaxed.DiskExportResult);

    [Fact]
    public void Snapshot_HasItsFacts() => AssertShape(
        $$"""{"disk":"vm1","snapshot":{{SnapshotJson}}}""", new SnapshotResult("vm1", _snapshot), CliJson.Relaxed.SnapshotResult);

    [Fact]
    public void Snapshot_WithDescriptionAndRetention_HasThemToo() => AssertShape(
        $$$"""{"disk":"vm1","snapshot":{{{SnapshotJson[..^1]}}},"description":"d","expires":"2026-11-22T00:00:00.000Z"}}""",
        new SnapshotResult("vm1", _snapshot with { Description = "d", Expires = "2026-11-22T00:00:00.000Z" }),
        CliJson.Relaxed.SnapshotResult);

    [Fact]
    public void Snapshot_InTheMaking_HasItsProgress() => AssertShape(
        $$$"""{"disk":"vm1","snapshot":{{{SnapshotJson[..^1].Replace("accomplished", "progressing", StringComparison.Ordinal)}}},"progressPercent":40}}""",
        new SnapshotResult("vm1", _snapshot with { Status = "progressing", ProgressPercent = 40 }), CliJson.Relaxed.SnapshotResult);

    [Fact]
    public void SnapshotList_HasSnapshots() => AssertShape(
        $$"""{"disk":"vm1","snapshots":[{{SnapshotJson}}]}""", new SnapshotListResult("vm1", [_snapshot]), CliJson.Relaxed.SnapshotListResult);

    [Fact]
    public void SnapshotDiff_HasExtents() => AssertShape(
        """{"from":"vm1@a1","to":"vm1","blockSize":4096,"changedBytes":12288,"extents":[{"offset":0,"length":8192,"kind":"data"},{"offset":16384,"length":4096,"kind":"zero"}]}""",
        new SnapshotDiffResult("vm1@a1", "vm1", 4096, 12288, [
            ExtentFacts.Of(new ChangedExtent(0, 8192, ChangeKind.Data)),
            ExtentFacts.Of(new ChangedExtent(16384, 4096, ChangeKind.Zero)),
        ]),
        CliJson.Relaxed.SnapshotDiffResult);

    [Fact]
    public void Rollback_HasUndo() => AssertShape(
        """{"disk":"vm1","snapshot":"before","undo":"undo-1"}""",
        new RollbackResult("vm1", "before", "undo-1"), CliJson.Relaxed.RollbackResult);

    [Fact]
    public void Rollback_DryRun_HasChangedBytes() => AssertShape(
        """{"disk":"vm1","snapshot":"before","undo":null,"changedBytes":4096,"dryRun":true}""",
        new RollbackResult("vm1", "before", null) { ChangedBytes = 4096, DryRun = true }, CliJson.Relaxed.RollbackResult);

    [Fact]
    public void Delete_HasNamesAndFreedBytes() => AssertShape(
        """{"deleted":["vm1@a1","vm1@a2"],"freedBytes":8192}""",
        new DeleteResult(["vm1@a1", "vm1@a2"], 8192), CliJson.Relaxed.DeleteResult);

    [Fact]
    public void Delete_DryRun_SaysSo() => AssertShape(
        """{"deleted":["vm1"],"freedBytes":0,"dryRun":true}""",
        new DeleteResult(["vm1"], 0) { DryRun = true }, CliJson.Relaxed.DeleteResult);

    [Fact]
    public void Check_HasErrors() => AssertShape(
        """{"ok":false,"errors":[{"code":"count-wrong","message":"m"}],"blocksChecked":7}""",
        new CheckFindings(false, [new ErrorFacts("count-wrong", "m")], 7), CliJson.Relaxed.CheckFindings);

    [Fact]
    public void Compact_HasBytes() => AssertShape(
        """{"physicalBytes":1,"deadBytes":2,"freedBytes":3,"damagedFiles":["data-00000004"]}""", new CompactResult(1, 2, 3, ["data-00000004"]), CliJson.Relaxed.CompactResult);

    [Fact]
    public void Usage_HasTotalsAndDisks() => AssertShape(
        """{"logicalBytes":1,"referencedBytes":2,"physicalBytes":3,"deadBytes":4,"disks":[{"id":"d-1","name":"vm1","logicalBytes":5,"referencedBytes":6,"snapshotBytes":7,"exclusiveBytes":8,"sharedBytes":9,"blockSize":4096,"snapshots":10,"snapshotLogicalBytes":11,"snapshotExclusiveBytes":12,"keptExclusiveBytes":13,"physicalBytes":17,"snapshotPhysicalBytes":18}],"exclusiveBytes":14,"sharedBytes":15,"mapBytes":16}""",
        new UsageResult(1, 2, 3, 4, [new DiskUsageFacts("d-1", "vm1", 5, 6, 7, 8, 9, 4096, 10, 11, 12, 13, 17, 18)], 14, 15, 16), CliJson.Relaxed.UsageResult);

    [Theory]
    [InlineData(SnapshotKind.Manual, "manual")]
    [InlineData(SnapshotKind.Automatic, "automatic")]
    [InlineData(SnapshotKind.Copied, "copied")]
    [InlineData(SnapshotKind.Imported, "imported")]
    public void SnapshotKind_HasAWord(SnapshotKind kind, string expected)
    {
        var snapshot = new Snapshot { Id = default, DiskId = default, Name = "aa", Created = default, Size = 0, Kind = kind };
        Assert.Equal(expected, SnapshotFacts.Of(new SnapshotUsage(snapshot, 0, 0, 0)).Kind);
    }

    private static void AssertShape<T>(string expected, T document, JsonTypeInfo<T> typeInfo) =>
        Assert.Equal(expected, JsonSerializer.Serialize(document, typeInfo));
}
