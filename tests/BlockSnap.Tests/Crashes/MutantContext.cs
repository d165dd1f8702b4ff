using System.Reflection;
using System.Runtime.Loader;

namespace BlockSnap.Tests.Crashes;

/// <summary>Loads a changed copy of the library, and beside it copies of everything that uses it, so that tests run on the changed one.</summary>
/// <remarks>Not collectible: running and unloading collectible copies beside other tests has ended the process with a fault inside the runtime. A copy is some 3 MiB.</remarks>
internal sealed class MutantContext(byte[] library) : AssemblyLoadContext(isCollectible: false)
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
