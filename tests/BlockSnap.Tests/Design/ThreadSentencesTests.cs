namespace BlockSnap.Tests.Design;

public sealed class ThreadSentencesTests
{
    [Fact]
    public void PublicTypes_SayHowTheyStandWithThreads()
    {
        Assert.NotEmpty(RepositoryFiles.ShippedSources);
        IReadOnlyList<string> silent = ThreadSentences.FindSilent(RepositoryFiles.ShippedSources);
        Assert.True(silent.Count == 0, string.Join(Environment.NewLine, silent));
    }

    [Theory]
    [InlineData("/// <summary>A disk.</summary>\npublic sealed class Disk\n")]
    [InlineData("/// <summary>A disk.</summary>\n/// <param name=\"Id\">Its name.</param>\n[Serializable]\npublic sealed record Disk(int Id);\n")]
    [InlineData("/// <summary>A disk.</summary>\npublic static partial class Disk\n")]
    public void Check_TypeThatSaysNothing_IsFound(string text) => Assert.Equal(["Disk"], ThreadSentences.FindSilent([new("A.cs", text)]));

    [Theory]
    [InlineData("/// <summary>A disk. Thread-safe.</summary>\npublic sealed class Disk\n")]
    [InlineData("/// <summary>\n/// A disk. Immutable.\n/// </summary>\npublic sealed record Disk(int Id);\n")]
    [InlineData("/// <summary>A disk.</summary>\ninternal sealed class Disk\n")]
    [InlineData("/// <summary>A disk.</summary>\npublic readonly record struct Disk(int Id);\n")]
    [InlineData("/// <summary>A disk is gone.</summary>\npublic sealed class DiskException\n")]
    [InlineData("/// <content>Opening.</content>\npublic sealed partial class Disk\n")]
    public void Check_TypeThatNeedSayNoMore_IsNotFound(string text) => Assert.Empty(ThreadSentences.FindSilent([new("A.cs", text)]));
}
