namespace BlockSnap.Tests.Design;

/// <summary>The repository's files, for tests about its design. Found by walking up: a CI build has no source paths in its symbols.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    public static string LibraryFolder { get; } = Path.Join(Root, "src", "BlockSnap");

    /// <summary>The library's sources, by path below its folder with '/' between the parts.</summary>
    public static IReadOnlyList<SourceFile> LibrarySources { get; } = ReadSources(LibraryFolder);

    /// <summary>All sources that ship.</summary>
    public static IReadOnlyList<SourceFile> ShippedSources { get; } = ReadSources(Path.Join(Root, "src"));

    private static SourceFile[] ReadSources(string folder)
        => [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Path: path, Below: Path.GetRelativePath(folder, path).Replace('\\', '/')))
            .Where(file => !file.Below.Split('/').Any(part => part is "obj" or "bin"))
            .OrderBy(file => file.Below, StringComparer.Ordinal)
            .Select(file => new SourceFile(file.Below, File.ReadAllText(file.Path)))];

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Join(folder.FullName, "BlockSnap.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"There is no BlockSnap.sln above {AppContext.BaseDirectory}.");
    }
}
