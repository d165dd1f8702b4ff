namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary>For tests that count what the whole process allocates or holds: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
