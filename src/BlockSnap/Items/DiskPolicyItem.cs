using System.Globalization;

namespace BlockSnap.Items;

/// <summary>What is durable about the automatic snapshots of a disk. A disk that never had a policy has none.</summary>
internal sealed record DiskPolicyItem(DiskId DiskId) : ICatalogItem
{
    /// <summary>The policy's identity, or empty. When that policy was deleted since, the disk has none.</summary>
    public Guid PolicyId { get; init; }

    public bool IsPaused { get; init; }

    /// <summary>R28: whether the automatic snapshots go with the disk.</summary>
    public bool DeletesSnapshots { get; init; }

    /// <summary>The due time that was handled last, or since when the policy applies.</summary>
    public DateTimeOffset Handled { get; init; }

    /// <summary>The latest day of which there was an automatic snapshot, as the number YYYYMMDD.</summary>
    public uint Day { get; init; }

    /// <summary>The ordinal that was given last on that day.</summary>
    public uint Ordinal { get; init; }

    /// <summary>The greatest ordinal that was ever given, on any day.</summary>
    public uint OrdinalMax { get; init; }

    public ItemKind Kind => ItemKind.DiskPolicy;

    public Guid ItemId => DiskId.Value;

    /// <summary>Up to when a policy's due times are handled. Those before it was applied, or had its present hours, count as handled.</summary>
    public DateTimeOffset HandledBy(SnapshotPolicy policy) => Handled > policy.Rescheduled ? Handled : policy.Rescheduled;

    /// <summary>
    /// R23: the name of the next automatic snapshot, and the item that remembers it. A changed clock or time zone may lead back to a day before the
    /// latest one. There the ordinal is one that no day had yet: so no name comes twice, and three numbers are enough to see to it.
    /// </summary>
    public (DiskPolicyItem Next, string Name) NextName(DateOnly localDay)
    {
        uint day = (uint)((localDay.Year * 10_000) + (localDay.Month * 100) + localDay.Day);
        uint ordinal = day > Day ? 1 : day == Day ? Ordinal + 1 : OrdinalMax + 1;
        DiskPolicyItem next = this with
        {
            Day = Math.Max(day, Day),
            Ordinal = day < Day ? Ordinal : ordinal,
            OrdinalMax = Math.Max(ordinal, OrdinalMax),
        };
        return (next, string.Create(CultureInfo.InvariantCulture, $"auto_{day:00000000}_{ordinal}"));
    }
}
