using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Crashes;

/// <summary>Finds every sync in the compiled library, and makes copies of the library in which one is left out.</summary>
internal static class SyncPoints
{
    private const byte Nop = 0x00;
    private const byte LoadZero = 0x16;
    private const byte Pop = 0x26;

    // What may be called to sync, and what takes the place of the call: its arguments are dropped, and a success returned.
    private static readonly Dictionary<string, byte[]> s_callees = new()
    {
        ["IDeviceFile.Flush"] = [Pop, Nop, Nop, Nop, Nop],
        ["IStorageDevice.FlushNames"] = [Pop, Nop, Nop, Nop, Nop],
        ["DurableDirectory.SyncParent"] = [Pop, Pop, Nop, Nop, Nop],
        ["Libc.Sync"] = [Pop, LoadZero, Nop, Nop, Nop],
        ["Libc.SyncData"] = [Pop, LoadZero, Nop, Nop, Nop],
    };

    /// <summary>The compiled library that the tests run against.</summary>
    public static string LibraryPath => Path.Join(AppContext.BaseDirectory, "BlockSnap.dll");

    /// <summary>Every call to something that syncs, in the order of the file.</summary>
    public static IReadOnlyList<SyncPoint> FindAll(byte[] library)
    {
        using var pe = new PEReader(new MemoryStream(library));
        MetadataReader metadata = pe.GetMetadataReader();
        var found = new List<SyncPoint>();
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            int address = metadata.GetMethodDefinition(handle).RelativeVirtualAddress;
            if (address == 0)
            {
                continue;
            }

            string method = NameOf(metadata, handle);
            foreach ((int offset, int token) in MethodCode.Calls(pe.GetMethodBody(address).GetILBytes()!))
            {
                if (MetadataTokens.EntityHandle(token) is { Kind: HandleKind.MethodDefinition } target
                    && NameOf(metadata, (MethodDefinitionHandle)target) is var callee
                    && s_callees.TryGetValue(callee, out byte[]? stub))
                {
                    int ordinal = found.Count(point => point.Method == method && point.Callee == callee) + 1;
                    found.Add(new SyncPoint(method, callee, ordinal, CodeAt(pe, library, address) + offset, stub));
                }
            }
        }

        return found;
    }

    /// <summary>The library with one call left out.</summary>
    public static byte[] Without(byte[] library, SyncPoint point)
    {
        byte[] mutant = [.. library];
        point.Stub.CopyTo(mutant, point.At);
        return mutant;
    }

    /// <summary>The library without all calls to one callee.</summary>
    public static byte[] WithoutAll(byte[] library, string callee) =>
        FindAll(library).Where(point => point.Callee == callee).Aggregate(library, Without);

    // The type that a person wrote, for methods that the compiler made of lambdas and iterators.
    private static string NameOf(MetadataReader metadata, MethodDefinitionHandle handle)
    {
        MethodDefinition method = metadata.GetMethodDefinition(handle);
        TypeDefinition type = metadata.GetTypeDefinition(method.GetDeclaringType());
        string name = metadata.GetString(method.Name);
        while (metadata.GetString(type.Name).StartsWith('<') && !type.GetDeclaringType().IsNil)
        {
            name = $"{metadata.GetString(type.Name)}.{name}";
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        return $"{metadata.GetString(type.Name)}.{name}";
    }

    // Where in the file a method's code begins, behind its header of 1 or 12 bytes.
    private static int CodeAt(PEReader pe, byte[] library, int address)
    {
        SectionHeader section = pe.PEHeaders.SectionHeaders[pe.PEHeaders.GetContainingSectionIndex(address)];
        int at = section.PointerToRawData + address - section.VirtualAddress;
        return at + ((library[at] & 3) == 2 ? 1 : 12);
    }
}
