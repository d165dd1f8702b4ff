using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>Where a segment lies in a container.</summary>
/// <param name="DataOffset">Its first granule.</param>
/// <param name="IndexOffset">Its first record.</param>
/// <param name="RecordCount">Its records.</param>
/// <param name="Kept">The rank of its slots.</param>
internal readonly record struct ContainerPlacement(int DataOffset, int IndexOffset, int RecordCount, SlotMap Kept);
