namespace BlockSnap;

/// <summary>Where identities come from by default.</summary>
internal static class IdSource
{
#pragma warning disable RS0030 // the one place where chance enters; tests replace it
    public static Guid Next() => Guid.NewGuid();
#pragma warning restore RS0030
}
