namespace BlockSnap.Tests.Infrastructure;

/// <summary>A call in the compiled library that can be left out.</summary>
/// <param name="Method">Where it stands, as "Type.Method".</param>
/// <param name="Callee">What it calls, as "Type.Method".</param>
/// <param name="Ordinal">Its number among the calls of that method to that callee, from 1.</param>
/// <param name="At">Offset of the instruction in the assembly's file.</param>
/// <param name="Stub">The five bytes in its place: they drop the arguments, and leave zero, null, or what a chained call is made on.</param>
/// <param name="IsStatement">Whether nothing is made of a result.</param>
internal sealed record CallSite(string Method, string Callee, int Ordinal, int At, byte[] Stub, bool IsStatement)
{
    public string Name => $"{Method} -> {Callee} {Ordinal}";
}
