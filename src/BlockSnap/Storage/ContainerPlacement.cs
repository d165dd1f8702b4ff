using BlockSnap.Log;

namespace BlockSnap.Storage;

/// <summary>Where a segment lies in a container.</summary>
/// <param name="DataOffset">The offset of its first granule in the file.</param>
/// <param name="IndexOffset">The offset of its first record in the index.</param>
/// <param name="RecordCount">The number of its records.</param>
/// <param name="Kept">Which of its slots were kept.</param>
internal readonly record struct ContainerPlacement(int DataOffset, int IndexOffset, int RecordCount, SlotMap Kept);
