namespace BlockSnap.Nbd.Exports;

/// <summary>A run of bytes with one status, as BLOCK_STATUS tells it.</summary>
/// <param name="Length">Bytes, more than zero.</param>
/// <param name="Flags">Their meaning depends on the context.</param>
internal readonly record struct StatusExtent(long Length, uint Flags);
