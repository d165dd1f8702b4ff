using BlockSnap.Tests.Design;

namespace BlockSnap.Nbd.Tests.Design;

public sealed class DesignTests
{
    private const string UpdateVariable = "BLOCKSNAP_UPDATE_API";

    // Codecs; what is served; how a client chooses; how it is served; connections; the server.
    private static readonly string[] s_floors = ["Protocol", "Exports", "Handshake", "Transmission", "Connections", ""];

    // What a connection is told by whoever starts the server.
    private static readonly (string Floor, string Type)[] s_allowed = [("Connections", "NbdServerOptions")];

    [Fact]
    public void Sources_NameNoTypeOfAHigherFloor()
    {
        const string Folder = "BlockSnap.Nbd/";
        SourceFile[] sources =
        [
            .. RepositoryFiles.ShippedSources.Where(file => file.Path.StartsWith(Folder, StringComparison.Ordinal))
                .Select(file => new SourceFile(file.Path[Folder.Length..], file.Text)),
        ];
        Assert.NotEmpty(sources);
        IReadOnlyList<string> breaches = Floors.FindBreaches(sources, s_allowed, s_floors);
        Assert.True(breaches.Count == 0, string.Join(Environment.NewLine, breaches));
    }

    [Fact]
    public void PublicSurface_EqualsItsTextFile()
    {
        string path = Path.Join(RepositoryFiles.Root, "tests", "BlockSnap.Nbd.Tests", "Design", "PublicApi.txt");
        string actual = PublicApi.Render(typeof(NbdServer).Assembly);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path).ReplaceLineEndings("\n") == actual, $"The public surface changed: run with {UpdateVariable}=1 and commit PublicApi.txt.\n{actual}");
    }
}
