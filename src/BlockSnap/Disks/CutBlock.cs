using BlockSnap.Format;

namespace BlockSnap.Disks;

/// <summary>The block inside which a disk is to end, as it is then: zeros behind the end, since they must be read when the disk grows again.</summary>
/// <param name="Volume">The disk.</param>
/// <param name="Index">Which of its blocks.</param>
/// <param name="Before">The entry through which it was read.</param>
/// <param name="Bytes">The whole block.</param>
internal sealed record CutBlock(DiskVolume Volume, long Index, NodeEntry Before, byte[] Bytes);
