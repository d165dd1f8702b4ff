using BlockSnap.Throughput.Reports;

namespace BlockSnap.Throughput;

/// <summary>One round of one side.</summary>
/// <param name="Operations">Reads or writes done.</param>
/// <param name="Bytes">Bytes read or written.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="AllocatedBytes">Managed bytes that the work allocated.</param>
internal readonly record struct RoundResult(long Operations, long Bytes, double Seconds, long AllocatedBytes)
{
    public double OperationsPerSecond => Operations / Seconds;

    public double MebibytesPerSecond => Bytes / Seconds / ByteSize.MiB;

    /// <summary>The speed in the unit asked for.</summary>
    public double Rate(Unit unit) => unit == Unit.MebibytesPerSecond ? MebibytesPerSecond : OperationsPerSecond;
}
