namespace BlockSnap.Tests.Infrastructure;

/// <summary>A directory of its own for one test, removed at the end.</summary>
public sealed class TempDirectory : IDisposable
{
    public string FullPath { get; } = Directory.CreateTempSubdirectory("blocksnap-test-").FullName;

    public string Path => FullPath;

    public string this[string name] => System.IO.Path.Join(FullPath, name);

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
