using System.Diagnostics;

namespace BlockSnap.Diagnostics;

/// <summary>What traces and metrics of the library are called.</summary>
internal static class Telemetry
{
    /// <summary>The name of the <see cref="ActivitySource"/> and of each pool's meter.</summary>
    public const string Name = "BlockSnap";

    private static readonly ActivitySource s_source = new(Name);

    /// <summary>Begins a span, or returns null when nobody listens, which costs next to nothing.</summary>
    public static Activity? Start(string operation) => s_source.StartActivity(operation);
}
