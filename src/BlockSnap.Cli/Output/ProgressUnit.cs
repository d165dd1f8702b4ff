namespace BlockSnap.Cli;

/// <summary>What a progress counts.</summary>
internal enum ProgressUnit
{
    Bytes,

    /// <summary>Whatever the pool counts: only the share of the whole is shown.</summary>
    Steps,
}
