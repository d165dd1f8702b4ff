namespace BlockSnap;

/// <summary>What a changed extent holds in the newer of two states.</summary>
public enum ChangeKind
{
    /// <summary>It holds data: at least one byte of each of its blocks is not zero.</summary>
    Data,

    /// <summary>It reads as zeros: written so, discarded, or past the end of the newer state.</summary>
    Zero,
}
