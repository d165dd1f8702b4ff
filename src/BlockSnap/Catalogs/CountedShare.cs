namespace BlockSnap.Catalogs;

/// <summary>The bytes that only one state refers to, as they were counted, and what tells whether they still are.</summary>
/// <param name="Bytes">Bytes of blocks.</param>
/// <param name="Losses">What <see cref="DiskFamily.Losses"/> was.</param>
/// <param name="Writes">What <see cref="DiskFamily.WritesBeside"/> was.</param>
/// <param name="Head">Of a head only: the state that it was equal to last, and how often it had changed.</param>
internal readonly record struct CountedShare(long Bytes, long Losses, long Writes, (HeadOrigin Origin, long Changes) Head = default);
