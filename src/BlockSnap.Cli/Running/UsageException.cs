namespace BlockSnap.Cli;

/// <summary>The command line asks for what makes no sense, whatever the pool holds: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
