namespace BlockSnap.Cli;

/// <summary>What every command prints when it is refused, fails or is misused.</summary>
internal sealed record ErrorResult(ErrorFacts Error);
