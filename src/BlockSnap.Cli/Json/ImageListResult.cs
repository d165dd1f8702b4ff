namespace BlockSnap.Cli;

/// <summary>Printed by <c>image list</c>.</summary>
internal sealed record ImageListResult(IReadOnlyList<ImageFacts> Images);
