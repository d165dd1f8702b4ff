namespace BlockSnap.Cli;

/// <summary>One thing that is wrong: a stable word in kebab case, and a sentence.</summary>
internal sealed record ErrorFacts(string Code, string Message);
