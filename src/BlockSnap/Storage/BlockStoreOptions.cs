using System.Numerics;
using BlockSnap.Log;

namespace BlockSnap;

/// <summary>Choices for a <see cref="BlockStore"/>. All have defaults; they are checked when the store is opened. Immutable.</summary>
public sealed class BlockStoreOptions
{
    /// <summary>The size of a segment file, fixed when the store is created: a power of two from 4 MiB to 256 MiB. Default 16 MiB.</summary>
    public int SegmentBytes { get; init; } = 16 << 20;

    /// <summary>The most bytes the segment files may take, at least sixteen segments, or null (the default) for what the device has.</summary>
    public long? CapacityBytes { get; init; }

    /// <summary>
    /// Memory for reference counts in use: one byte for each 512 of a segment, four where a block in it has more than 255 references. At least
    /// 1 MiB. Default 32 MiB.
    /// </summary>
    public long CountsMemoryBytes { get; init; } = 32L << 20;

    /// <summary>Bytes of blocks that wait in memory; a put that exceeds them waits for the device. At least 2 MiB. Default 16 MiB.</summary>
    public long WriteBufferBytes { get; init; } = 16L << 20;

    /// <summary>The clock. Default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Refuses what is out of range.</summary>
    internal void Check()
    {
        bool isSegmentSize = SegmentBytes is >= 4 << 20 and <= 256 << 20 && BitOperations.IsPow2(SegmentBytes);
        Require(isSegmentSize, nameof(SegmentBytes), SegmentBytes, "a power of two from 4 MiB to 256 MiB");
        bool isCapacity = CapacityBytes is null || CapacityBytes / SegmentBytes >= SegmentFiles.CapacityFilesMin;
        Require(isCapacity, nameof(CapacityBytes), CapacityBytes, "at least sixteen segments");
        Require(CountsMemoryBytes >= 1 << 20, nameof(CountsMemoryBytes), CountsMemoryBytes, "at least 1 MiB");
        Require(WriteBufferBytes >= LogWriter.ChunkBytes, nameof(WriteBufferBytes), WriteBufferBytes, "at least 2 MiB");
        ArgumentNullException.ThrowIfNull(TimeProvider);

        static void Require(bool holds, string option, object? value, string range)
        {
            if (!holds)
            {
                throw new ArgumentOutOfRangeException(option, value, $"The option {option} must be {range}.");
            }
        }
    }
}
