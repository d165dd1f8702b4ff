using System.Reflection;
using System.Text.RegularExpressions;

namespace BlockSnap.Tests.Primitives;

public sealed partial class BlockSnapExceptionTests
{
    private static readonly (string Code, BlockSnapException Exception)[] All =
    [
        ("corrupted", new BlockCorruptedException("The block checksum does not match", "vm1", 4096, 8192, 0x1234, 0xabcd)),
        ("corrupted", new BlockCorruptedException("The record is torn")),
        ("pool-corrupted", new PoolCorruptedException("superblock", "both copies fail their checksum")),
        ("pool-full", new PoolFullException(65536, 1 << 20)),
        ("pool-full", new PoolFullException()),
        ("too-many-files", new TooManyFilesException("Opening '/pool/data-00000001'")),
        ("pool-faulted", new PoolFaultedException(new IOException("Flushing 'x' failed."))),
        ("pool-in-use", new PoolInUseException("/pool")),
        ("pool-not-found", new PoolNotFoundException("/pool")),
        ("pool-exists", new PoolExistsException("/pool")),
        ("unsupported-format", new UnsupportedFormatException("pool", 9, 3)),
        ("read-only", new PoolReadOnlyException("writing to disk 'vm1'")),
        ("disk-not-found", new DiskNotFoundException("vm1")),
        ("disk-exists", new DiskExistsException("vm1")),
        ("snapshot-not-found", new SnapshotNotFoundException("vm1", "monday")),
        ("snapshot-exists", new SnapshotExistsException("vm1", "monday")),
        ("snapshot-in-use", new SnapshotInUseException("vm1", "monday", ["clone 'vm2'", "hold 'backup'"])),
        ("quota-exceeded", new QuotaExceededException(64, "vm1")),
        ("quota-exceeded", new QuotaExceededException(64, "vm")),
        ("block-not-found", new BlockNotFoundException(new BlockId(7, 8, 3))),
        ("snapshot-locked", new SnapshotLockedException("vm1", "monday", DateTimeOffset.UnixEpoch)),
        ("origin-deleted", new OriginDeletedException("vm1", default)),
        ("group-not-found", new GroupNotFoundException("nightly")),
        ("group-exists", new GroupExistsException("nightly")),
        ("image-not-found", new ImageNotFoundException("golden")),
        ("image-exists", new ImageExistsException("golden")),
        ("policy-not-found", new PolicyNotFoundException("nightly")),
        ("policy-exists", new PolicyExistsException("nightly")),
        ("pool-suspended", new PoolSuspendedException("moving house")),
        ("hook-failed", new SnapshotHookException(isBeforeFreeze: true, new TimeoutException("it took longer than 3 s"))),
        ("hook-failed", new SnapshotHookException(isBeforeFreeze: false, new IOException("The agent is gone."))),
        ("conflict", new ConflictException("The disk 'vm1' was renamed meanwhile")),
    ];

    [Fact]
    public void Code_OfEachException_IsTheReleasedOne() =>
        Assert.All(All, pair => Assert.Equal(pair.Code, pair.Exception.Code));

    [Fact]
    public void Code_OfAllTypes_IsCoveredHereAndUnique()
    {
        Type[] types = [.. typeof(BlockSnapException).Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(BlockSnapException)))];
        Assert.Equal(types.OrderBy(t => t.Name), All.Select(pair => pair.Exception.GetType()).Distinct().OrderBy(t => t.Name));
        Assert.Equal(types.Length, All.Select(pair => pair.Code).Distinct().Count());
        Assert.All(types, type => Assert.True(type.IsSealed, type.Name));
        IEnumerable<PropertyInfo> own = types
            .SelectMany(type => type.GetProperties())
            .Where(property => property.DeclaringType!.IsSubclassOf(typeof(BlockSnapException)));
        Assert.All(own, property => Assert.False(property.CanWrite, property.Name));
    }

    [Fact]
    public void Message_OfEach_IsWholeSentencesAndSaysWhatToDo() =>
        Assert.All(All, pair => Assert.Matches(Sentences(), pair.Exception.Message));

    [Fact]
    public void Message_Corrupted_NamesDiskRangeAndChecksums() =>
        Assert.StartsWith(
            "The block checksum does not match (expected 0x0000000000001234, found 0x000000000000abcd) on disk 'vm1' at byte 4096, 8192 bytes long. ",
            All[0].Exception.Message);

    [Fact]
    public void Message_UnsupportedFormat_HasBothVersions()
    {
        string message = new UnsupportedFormatException("pool", 9, 3).Message;
        Assert.Contains("version 9", message);
        Assert.Contains("up to 3", message);
    }

    [Fact]
    public void Message_SnapshotWithManyUsers_NamesFiveAndKeepsAll()
    {
        var exception = new SnapshotInUseException("vm1", "monday", [.. Enumerable.Range(1, 1000).Select(i => $"clone {i}")]);
        Assert.Contains("clone 5 and 995 more.", exception.Message);
        Assert.Equal(1000, exception.Users.Count);
    }

    [Fact]
    public void PoolFaulted_Always_CarriesTheFirstFailure()
    {
        var first = new IOException("Flushing 'x' failed.");
        var faulted = new PoolFaultedException(first);
        Assert.Same(first, faulted.InnerException);
        Assert.Contains("reopen the pool", faulted.Message);
        Assert.Throws<ArgumentNullException>(() => new PoolFaultedException(null!));
    }

    // At least two sentences: what happened, what to do.
    [GeneratedRegex(@"^[A-Z][^.]*\. .*[A-Z].*\.$")]
    private static partial Regex Sentences();
}
