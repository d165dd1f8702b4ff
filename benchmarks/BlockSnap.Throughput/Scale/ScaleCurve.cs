namespace BlockSnap.Throughput.Scale;

/// <summary>Costs against one kind of size, smallest first.</summary>
/// <param name="Name">What grows.</param>
/// <param name="InBytes">Whether the sizes are bytes; else they are numbers.</param>
/// <param name="Points">The points.</param>
internal sealed record ScaleCurve(string Name, bool InBytes, IReadOnlyList<ScalePoint> Points)
{
    public string Format(long size) => InBytes ? ByteSize.Format(size) : size.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
}
