namespace BlockSnap.Cli;

/// <summary>What a progress counts.</summary>
internal enum ProgressUnit
{
    Bytes,

    /// <summary>Something without a unit for people: only the share of the whole is shown.</summary>
    Steps,
}
