namespace BlockSnap.Cli;

/// <summary>Printed by <c>image create</c>.</summary>
internal sealed record ImageResult(ImageFacts Image);
