namespace BlockSnap.Cli;

/// <summary>A changed extent; its kind is "data" or "zero". A struct, since there may be millions.</summary>
internal readonly record struct ExtentFacts(long Offset, long Length, string Kind)
{
    public static ExtentFacts Of(ChangedExtent extent) =>
        new(extent.Offset, extent.Length, extent.Kind == ChangeKind.Zero ? "zero" : "data");
}
