using System.Reflection;
using System.Text.RegularExpressions;

namespace BlockSnap.Tests.Design;

/// <summary>What documents point at is there: files they link to, files, types and members that ARCHITECTURE.md names.</summary>
public sealed class DocumentTests
{
    private const string Architecture = "src/BlockSnap/ARCHITECTURE.md";

    [Theory]
    [MemberData(nameof(DocumentExampleTests.Documents), MemberType = typeof(DocumentExampleTests))]
    public void Links_OfADocument_LeadToFilesOfTheRepository(string path)
    {
        string document = Path.Join(RepositoryFiles.Root, path);
        var targets = Regex.Matches(File.ReadAllText(document), @"\]\((?<target>[^)#:\s]+)(#[^)]*)?\)").Select(match => match.Groups["target"].Value);
        Assert.All(targets, target => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, target)), $"{path} links to {target}"));
    }

    [Fact]
    public void Files_ThatTheArchitectureNames_Exist()
    {
        string[] files = [.. Names(@"[\w./]+\.(cs|md)")];
        Assert.True(files.Length > 5, $"found {files.Length}");
        Assert.All(files, file => Assert.True(File.Exists(Path.Join(RepositoryFiles.LibraryFolder, file)), file));
    }

    [Fact]
    public void TypesAndMembers_ThatTheArchitectureNames_Exist()
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        Type[] types = typeof(DiskPool).Assembly.GetTypes();
        HashSet<string> known = [.. types.Select(type => type.Name), .. types.SelectMany(type => type.GetMembers(All)).Select(member => member.Name)];
        foreach (string folder in Directory.EnumerateDirectories(RepositoryFiles.LibraryFolder))
        {
            known.Add(Path.GetFileName(folder));
        }

        string[] names = [.. Names(@"[A-Z]\w+(\.[A-Z]\w+)?")];
        Assert.True(names.Length > 40, $"found {names.Length}");
        Assert.All(names, name => Assert.All(name.Split('.'), part => Assert.True(known.Contains(part), name)));
    }

    private static IEnumerable<string> Names(string pattern) =>
        Regex.Matches(File.ReadAllText(Path.Join(RepositoryFiles.Root, Architecture)), $"`(?<name>{pattern})`").Select(match => match.Groups["name"].Value).Distinct();
}
