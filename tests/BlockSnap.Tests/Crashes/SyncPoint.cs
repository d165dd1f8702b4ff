namespace BlockSnap.Tests.Crashes;

/// <summary>A call in the compiled library that makes contents or names durable.</summary>
/// <param name="Method">Where it stands, as "Type.Method".</param>
/// <param name="Callee">What it calls, as "Type.Method".</param>
/// <param name="Ordinal">Its number among the calls of that method to that callee, from 1.</param>
/// <param name="At">Offset of the instruction in the assembly's file.</param>
/// <param name="Stub">The five bytes that do nothing in its place.</param>
internal sealed record SyncPoint(string Method, string Callee, int Ordinal, int At, byte[] Stub)
{
    public string Name => $"{Method} -> {Callee} {Ordinal}";
}
