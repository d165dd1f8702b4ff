namespace BlockSnap.Cli;

/// <summary>The command line makes no sense, whatever the pool holds: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
