namespace BlockSnap.Throughput;

/// <summary>What a figure counts.</summary>
internal enum Unit
{
    /// <summary>More is better.</summary>
    OperationsPerSecond,

    /// <summary>More is better.</summary>
    MebibytesPerSecond,

    /// <summary>Less is better.</summary>
    Seconds,

    /// <summary>Less is better.</summary>
    Bytes,
}
