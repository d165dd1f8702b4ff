namespace BlockSnap.Throughput.Reports;

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

    /// <summary>Managed bytes of one operation, judged by themselves, not by the ratio. Less is better.</summary>
    BytesPerOperation,

    /// <summary>0 to 1, shown as a percentage. More is better.</summary>
    Share,
}
