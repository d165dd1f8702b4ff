using System.Reflection;
using System.Runtime.Loader;

namespace BlockSnap.Tests.Crashes;

/// <summary>Loads a changed copy of the library, and beside it copies of everything that uses it, so that tests run on the changed one.</summary>
internal sealed class MutantContext(byte[] library) : AssemblyLoadContext(isCollectible: true)
{
    private static readonly string[] s_users = ["BlockSnap.Testing", "BlockSnap.Simulation", "BlockSnap.Tests"];

    /// <summary>The copy of this assembly.</summary>
    public Assembly Tests => LoadFromAssemblyName(typeof(MutantContext).Assembly.GetName());

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == "BlockSnap")
        {
            return LoadFromStream(new MemoryStream(library));
        }

        return s_users.Contains(assemblyName.Name) ? LoadFromAssemblyPath(Path.Join(AppContext.BaseDirectory, assemblyName.Name + ".dll")) : null;
    }
}
