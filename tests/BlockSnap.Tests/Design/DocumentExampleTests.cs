using System.Text.RegularExpressions;
using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Design;

/// <summary>Every piece of C# in a document is one that is compiled; what can be run does what the document says.</summary>
public sealed class DocumentExampleTests
{
    private static readonly string[] s_compiled = ["DocumentExamples.cs", "ReadmeTests.cs"];

    public static TheoryData<string> Documents { get; } =
    [
        .. Directory.EnumerateFiles(RepositoryFiles.Root, "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(RepositoryFiles.Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Examples_OfADocument_AreCompiledOnes(string document)
    {
        string[] compiled = [.. s_compiled.SelectMany(file => Find($"tests/BlockSnap.Tests/Design/{file}", @"^ *// readme-begin\n(?<code>.*?)^ *// readme-end$"))];
        Assert.All(Find(document, "^```csharp\n(?<code>.*?)^```$"), example => Assert.Contains(example, compiled));
    }

    [Fact]
    public void Examples_AreFound() =>
        Assert.Equal(7, Documents.Sum(document => Find(document.Data, "^```csharp\n(?<code>.*?)^```$").Count()));

    [Fact]
    public async Task CrashExample_Run_PrintsWhatWasFlushed()
    {
        using var console = new StringWriter();
        await DocumentExamples.CrashAsync(console);
        Assert.Equal("flushed", console.ToString().Trim());
    }

    [Fact]
    public void ContractExample_Run_FindsNothing() => DocumentExamples.KeepContract();

    [Fact]
    public async Task PolicyExample_Run_AppliesThePolicy()
    {
        await using TestPool test = await TestPool.CreateAsync();
        await test.Pool.CreateDiskAsync("vm1", 4096);
        await test.Pool.CreateDiskAsync("vm2", 4096);

        await DocumentExamples.ApplyPolicyAsync(test.Pool, new CancellationToken(canceled: true));

        Assert.Equal(["vm1", "vm2"], test.Pool.Policies.ListDisks("nightly").Select(disk => disk.DiskName));
    }

    // Without the indentation that all lines share.
    private static IEnumerable<string> Find(string path, string pattern)
    {
        string text = File.ReadAllText(Path.Join(RepositoryFiles.Root, path)).ReplaceLineEndings("\n");
        foreach (Match match in Regex.Matches(text, pattern, RegexOptions.Singleline | RegexOptions.Multiline))
        {
            string[] lines = match.Groups["code"].Value.TrimEnd('\n').Split('\n');
            int indentation = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
            yield return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indentation..] : line));
        }
    }
}
