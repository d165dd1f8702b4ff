namespace BlockSnap.Cli;

/// <summary>Printed by <c>--help</c> with --json: the text of the help.</summary>
internal sealed record HelpResult(string Help);
