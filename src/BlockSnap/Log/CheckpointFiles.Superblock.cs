using BlockSnap.Format;

namespace BlockSnap.Log;

/// <content>
/// The superblock: two slots written in turn, and the same two in a second file. The slots are for crashes: the one being written may be
/// torn. The copy is for disks: what destroys the newest slot, or puts an older file back, would otherwise bring back an older state
/// that nothing contradicts.
/// </content>
internal sealed partial class CheckpointFiles
{
    public const string SuperblockName = "superblock";
    public const string SuperblockCopyName = "superblock-copy";

    private static readonly string[] SuperblockNames = [SuperblockName, SuperblockCopyName];

    // Whether one of the two files was created, and its name is not durable yet.
    private bool _missingSuperblocks;

    /// <summary>Whether a device has a superblock's file, whole or not.</summary>
    public static bool HasSuperblock(IStorageDevice device) => SuperblockNames.Any(device.Exists);

    /// <summary>
    /// The newest whole superblock. A process that was killed may have left it in caches only: whoever goes on from it writes it again.
    /// </summary>
    /// <exception cref="PoolCorruptedException">There is none, or those that there are belong to two pools.</exception>
    /// <exception cref="UnsupportedFormatException">A whole one is of a version or has features that this build does not know.</exception>
    public static Superblock ReadSuperblock(IStorageDevice device)
    {
        Superblock? newest = null;
        foreach (string name in SuperblockNames)
        {
            using IDeviceFile? file = OpenIfThere(device, name);
            if (file is null || ReadNewest(file) is not { } found)
            {
                continue;
            }

            if (newest is not null && newest.PoolId != found.PoolId)
            {
                throw new PoolCorruptedException(
                    name,
                    $"it is of pool {found.PoolId}, '{SuperblockName}' of pool {newest.PoolId}: a file of another pool was put in its place");
            }

            newest = newest is null || found.Sequence > newest.Sequence ? found : newest;
        }

        if (newest is null)
        {
            throw new PoolCorruptedException(SuperblockName, $"neither it nor '{SuperblockCopyName}' has a superblock that is whole");
        }

        newest.ThrowIfNonsense();
        return newest;
    }

    /// <summary>Tells a pool that lost both copies of its superblock, for which there is repair, from a place where no pool is.</summary>
    /// <exception cref="PoolCorruptedException">Files of a log are there.</exception>
    public static void ThrowIfSuperblockLost(IStorageDevice device)
    {
        if (!HasSuperblock(device) && device.List().Any(name => name.StartsWith(SegmentFile.Prefix, StringComparison.Ordinal)))
        {
            throw new PoolCorruptedException(SuperblockName, $"it and '{SuperblockCopyName}' are missing, files of the log are there");
        }
    }

    /// <summary>Whether a name is that of one of these files.</summary>
    public static bool IsOne(string name) =>
        name is SuperblockName or SuperblockCopyName or TableName or CountsName or ReleasesName0 or ReleasesName1;

    /// <summary>
    /// Whether a device holds no pool yet: nothing at all, or what a creation left that was cut short before it returned. Such a creation left
    /// no whole superblock and no segment file; a pool whose superblocks were damaged has segment files.
    /// </summary>
    public static bool IsBlank(IStorageDevice device)
    {
        if (!HasSuperblock(device))
        {
            return device.List().Count == 0;
        }

        try
        {
            ReadSuperblock(device);
            return false;
        }
        catch (PoolCorruptedException)
        {
            return device.List().All(IsOne);
        }
        catch (UnsupportedFormatException)
        {
            return false; // a pool of a newer version
        }
    }

    /// <summary>Writes a superblock into its slot, in both files. When one of them is durable, it is the newest.</summary>
    public void WriteSuperblock(Superblock superblock)
    {
        byte[] page = new byte[Superblock.SlotBytes];
        superblock.Encode(page);
        foreach (IDeviceFile file in _superblocks)
        {
            Write(file, SlotOf(superblock), page);
        }

        foreach (IDeviceFile file in _superblocks)
        {
            file.Flush();
        }

        if (_missingSuperblocks)
        {
            _device.FlushNames();
            _missingSuperblocks = false;
        }

        foreach ((int index, (byte version, ulong checksum)) in _written)
        {
            Remember(index, version, checksum);
        }

        _written.Clear();
    }

    /// <summary>The names of the files that do not have a superblock in its slot.</summary>
    public IReadOnlyList<string> FindIncompleteSuperblocks(Superblock superblock)
    {
        byte[] expected = new byte[Superblock.SlotBytes];
        byte[] actual = new byte[Superblock.SlotBytes];
        superblock.Encode(expected);
        return [.. _superblocks.Where(file => !HasExpected(file)).Select(file => file.Name)];

        bool HasExpected(IDeviceFile file) =>
            file.Read(SlotOf(superblock), actual) == actual.Length && actual.AsSpan().SequenceEqual(expected);
    }

    // Tried, not asked for: a link that leads nowhere exists, and yet cannot be opened.
    private static IDeviceFile? OpenIfThere(IStorageDevice device, string name)
    {
        try
        {
            return device.Open(name, DeviceFileMode.Open);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static long SlotOf(Superblock superblock) => (superblock.Sequence & 1) * Superblock.SlotBytes;

    private static Superblock? ReadNewest(IDeviceFile file)
    {
        byte[] pages = new byte[Superblock.SlotCount * Superblock.SlotBytes];
        int read = file.Read(0, pages);
        Superblock? newest = null;
        for (int slot = 0; slot < Superblock.SlotCount; slot++)
        {
            if (read >= (slot + 1) * Superblock.SlotBytes
                && Superblock.Decode(pages.AsSpan(slot * Superblock.SlotBytes, Superblock.SlotBytes)) is { } found
                && (found.Sequence & 1) == slot
                && (newest is null || found.Sequence > newest.Sequence))
            {
                newest = found;
            }
        }

        return newest;
    }
}
