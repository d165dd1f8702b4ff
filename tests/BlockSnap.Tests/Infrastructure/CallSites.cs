using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace BlockSnap.Tests.Infrastructure;

/// <summary>Finds calls in the compiled library, and makes copies of the library in which one is left out.</summary>
internal static class CallSites
{
    private const int CallBytes = 5;
    private const byte Nop = 0x00;
    private const byte LoadNull = 0x14;
    private const byte LoadZero = 0x16;
    private const byte Pop = 0x26;
    private const byte ToInt64 = 0x6A;

    // The prefix of a call on a value whose type is not known yet, six bytes before it.
    private const int ConstrainedBytes = 6;
    private static readonly byte[] s_constrained = [0xFE, 0x16];

    /// <summary>The compiled library that the tests run against.</summary>
    public static string LibraryPath => Path.Join(AppContext.BaseDirectory, "BlockSnap.dll");

    /// <summary>The calls that meet a condition on the method they stand in and on what they call, in the order of the file; those that five bytes cannot replace are not among them.</summary>
    public static IReadOnlyList<CallSite> Find(byte[] library, Func<string, string, bool> condition)
    {
        using var pe = new PEReader(new MemoryStream(library));
        MetadataReader metadata = pe.GetMetadataReader();
        var found = new List<CallSite>();
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            int address = metadata.GetMethodDefinition(handle).RelativeVirtualAddress;
            if (address == 0)
            {
                continue;
            }

            string method = NameOf(metadata, handle);
            byte[] code = pe.GetMethodBody(address).GetILBytes()!;
            foreach ((int offset, int token) in MethodCode.Calls(code))
            {
                EntityHandle target = MetadataTokens.EntityHandle(token);
                string callee = NameOf(metadata, target);
                bool isConstrained = offset >= ConstrainedBytes && code.AsSpan(offset - ConstrainedBytes).StartsWith(s_constrained);
                if (condition(method, callee) && !isConstrained && StubOf(metadata, target, out bool isVoid) is { } stub)
                {
                    bool isStatement = isVoid || code[offset + CallBytes] == Pop;
                    int ordinal = found.Count(site => site.Method == method && site.Callee == callee) + 1;
                    found.Add(new CallSite(method, callee, ordinal, CodeAt(pe, library, address) + offset, stub, isStatement));
                }
            }
        }

        return found;
    }

    /// <summary>The library with one call left out.</summary>
    public static byte[] Without(byte[] library, CallSite site)
    {
        byte[] mutant = [.. library];
        site.Stub.CopyTo(mutant, site.At);
        return mutant;
    }

    // What takes the place of a call, or null where it does not fit or no value can be made up.
    private static byte[]? StubOf(MetadataReader metadata, EntityHandle handle, out bool isVoid)
    {
        BlobReader signature = metadata.GetBlobReader(SignatureOf(metadata, handle));
        SignatureHeader header = signature.ReadSignatureHeader();
        if (header.IsGeneric)
        {
            signature.ReadCompressedInteger();
        }

        int arguments = signature.ReadCompressedInteger() + (header.IsInstance ? 1 : 0);
        byte[]? result = ResultOf(metadata, ref signature, handle, out bool isChained);
        isVoid = result is [] && !isChained;
        if (result is null)
        {
            return null;
        }

        byte[] stub = [.. Enumerable.Repeat(Pop, arguments - (isChained ? 1 : 0)), .. result];
        return stub.Length > CallBytes ? null : [.. stub, .. Enumerable.Repeat(Nop, CallBytes - stub.Length)];
    }

    private static byte[]? ResultOf(MetadataReader metadata, ref BlobReader signature, EntityHandle handle, out bool isChained)
    {
        isChained = false;
        SignatureTypeCode type = signature.ReadSignatureTypeCode();
        while (type is SignatureTypeCode.RequiredModifier or SignatureTypeCode.OptionalModifier)
        {
            signature.ReadTypeHandle();
            type = signature.ReadSignatureTypeCode();
        }

        switch (type)
        {
            case SignatureTypeCode.Void:
                return [];
            case SignatureTypeCode.Boolean or SignatureTypeCode.Byte or SignatureTypeCode.Int16 or SignatureTypeCode.UInt16 or SignatureTypeCode.Int32 or SignatureTypeCode.UInt32:
                return [LoadZero];
            case SignatureTypeCode.Int64 or SignatureTypeCode.UInt64:
                return [LoadZero, ToInt64];
            case SignatureTypeCode.TypeHandle:
                signature.Offset--;
                bool isClass = signature.ReadByte() == (byte)SignatureTypeKind.Class;
                isChained = isClass && handle.Kind == HandleKind.MethodDefinition && signature.ReadTypeHandle() == metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType();
                return !isClass ? null : isChained ? [] : [LoadNull];
            case SignatureTypeCode.Object or SignatureTypeCode.String or SignatureTypeCode.SZArray:
                return [LoadNull];
            default:
                return null;
        }
    }

    private static BlobHandle SignatureOf(MetadataReader metadata, EntityHandle handle) => handle.Kind switch
    {
        HandleKind.MethodDefinition => metadata.GetMethodDefinition((MethodDefinitionHandle)handle).Signature,
        HandleKind.MemberReference => metadata.GetMemberReference((MemberReferenceHandle)handle).Signature,
        _ => SignatureOf(metadata, metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method),
    };

    private static string NameOf(MetadataReader metadata, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodDefinition:
                MethodDefinition method = metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return NameOf(metadata, metadata.GetTypeDefinition(method.GetDeclaringType()), metadata.GetString(method.Name));
            case HandleKind.MethodSpecification:
                return NameOf(metadata, metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method);
            default:
                MemberReference member = metadata.GetMemberReference((MemberReferenceHandle)handle);
                string type = member.Parent.Kind == HandleKind.TypeReference ? metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name) : "";
                return $"{type}.{metadata.GetString(member.Name)}";
        }
    }

    // The type that a person wrote, for methods that the compiler made of lambdas and iterators.
    private static string NameOf(MetadataReader metadata, TypeDefinition type, string name)
    {
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
