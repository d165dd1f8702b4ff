namespace BlockSnap.Tests.Design;

/// <summary>
/// What users can see changes only on purpose. BLOCKSNAP_UPDATE_API=1 writes the text anew; the difference is then read and committed.
/// </summary>
public sealed class PublicApiTests
{
    private const string UpdateVariable = "BLOCKSNAP_UPDATE_API";

    [Theory]
    [InlineData(typeof(DiskPool), "PublicApi.txt")]
    [InlineData(typeof(CrashableDevice), "PublicApi.Testing.txt")]
    [InlineData(typeof(BlockSnap.Hosting.BlockSnapOptions), "PublicApi.Hosting.txt")]
    public void PublicSurface_EqualsItsTextFile(Type type, string file)
    {
        string path = Path.Join(RepositoryFiles.Root, "tests", "BlockSnap.Tests", "Design", file);
        string actual = PublicApi.Render(type.Assembly);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllText(path, actual);
        }

        string[] expected = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n') : [];
        string[] lines = actual.Split('\n');
        if (!expected.SequenceEqual(lines))
        {
            IEnumerable<string> gone = expected.Except(lines).Select(line => "- " + line.Trim());
            IEnumerable<string> added = lines.Except(expected).Select(line => "+ " + line.Trim());
            Assert.Fail($"The public surface changed. If that is meant, run the tests once with {UpdateVariable}=1 and commit {file}.\n{string.Join('\n', gone.Concat(added))}");
        }
    }

    [Fact]
    public void Render_ShowsWhatCallersSee()
        => Assert.Equal(
            """
            sealed record BlockSnap.Tests.Design.PublicApiTests.Sample : IDisposable
                const int Limit = 7
                Sample(string Name, int? Count)
                int? Count { get; init; }
                string Name { get; init; }
                IReadOnlyList<string?>? Parts { get; init; }
                void Dispose()
                static bool TryParse(string? text, out Sample value, CancellationToken cancellationToken = default)


            """.ReplaceLineEndings("\n").Replace(" Sample(", " PublicApiTests.Sample(", StringComparison.Ordinal).Replace("out Sample", "out PublicApiTests.Sample", StringComparison.Ordinal),
            PublicApi.Render([typeof(Sample)]));

    [Fact]
    public void Types_ThatAreEquatable_HaveOperators()
    {
        IEnumerable<Type> equatable = typeof(DiskPool).Assembly.GetExportedTypes()
            .Where(type => type.IsValueType && !type.IsEnum && typeof(IEquatable<>).MakeGenericType(type).IsAssignableFrom(type));
        Assert.All(equatable, type => Assert.True(type.GetMethod("op_Equality") is not null && type.GetMethod("op_Inequality") is not null, $"{type} lacks an operator."));
    }

    [Fact]
    public void Exceptions_AreSealedAndOfOneFamily()
    {
        Type[] types = [.. typeof(DiskPool).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Exception)))];
        Assert.All(types, type => Assert.True(type.IsSubclassOf(typeof(BlockSnapException)) ? type.IsSealed : type == typeof(BlockSnapException)));
    }

    internal sealed record Sample(string Name, int? Count) : IDisposable
    {
        public const int Limit = 7;

        public IReadOnlyList<string?>? Parts { get; init; }

        internal int Hidden { get; set; }

        public static bool TryParse(string? text, out Sample value, CancellationToken cancellationToken = default)
        {
            value = new Sample(text ?? "", cancellationToken.CanBeCanceled ? 1 : null);
            return text is not null;
        }

        public void Dispose()
        {
        }
    }
}
