namespace BlockSnap.Tests.Design;

public sealed class FloorsTests
{
    // The public contracts of a disk and of its chain name each other: that is what a user wants to find (disk.Chain).
    private static readonly (string Floor, string Type)[] s_allowed = [("Disks", "ISnapshotChain")];

    [Fact]
    public void Sources_NameNoTypeOfAHigherFloor()
    {
        Assert.NotEmpty(RepositoryFiles.LibrarySources);
        IReadOnlyList<string> breaches = Floors.FindBreaches(RepositoryFiles.LibrarySources, s_allowed);
        Assert.True(breaches.Count == 0, string.Join(Environment.NewLine, breaches));
    }

    [Fact]
    public void Floors_AreThoseOfTheArchitecture_InItsOrder()
    {
        string[] lines = File.ReadAllLines(Path.Join(RepositoryFiles.LibraryFolder, "ARCHITECTURE.md"));
        int table = Array.IndexOf(lines, "| Folder | Holds |");

        Assert.Equal(Floors.Listed, lines[(table + 2)..].TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|')[1].Trim(' ', '`')));
    }

    [Fact]
    public void Check_LowerFileNamesHigherType_IsABreach()
        => Assert.Equal(
            ["Log/Writer.cs names Pool of the root", "Log/Writer.cs names Tree of Mapping"],
            Floors.FindBreaches(
                [
                    new("Log/Writer.cs", "namespace B; class Writer { Tree _tree; void M() { new Pool(); } }"),
                    new("Mapping/Tree.cs", "namespace B; /// <summary>Writer</summary>\ninternal sealed class Tree { Writer _w; }"),
                    new("Pool.cs", "namespace B; public sealed class Pool { Tree _t; }"),
                ],
                []));

    [Theory]
    [InlineData("class Low { High.Part M() => null; }")]
    [InlineData("class Low { List<High> _all; }")]
    [InlineData("class Low : High { }")]
    [InlineData("class Low<T> where T : High { }")]
    [InlineData("class Low { int M() => High.Answer; }")]
    [InlineData("class Low { object M(object o) => (High)o; }")]
    [InlineData("class Low { bool M(object o) => o is High; }")]
    [InlineData("class Low { High? High { get; } }")]
    [InlineData("class Low { string M() { return \"\"; } } [High] class Other { }")]
    public void Check_AnyUseOfTheHigherType_IsABreach(string low)
        => Assert.NotEmpty(Floors.FindBreaches([new("Format/Low.cs", "namespace B; " + low), new("Disks/High.cs", "namespace B; public class High { }")], []));

    [Theory]
    [InlineData("class Low { } // High")]
    [InlineData("/* High */ class Low { }")]
    [InlineData("/// <see cref=\"High\"/>\nclass Low { }")]
    [InlineData("class Low { string S = \"High\" + @\"\"\"High\"; char C = '\"'; }")]
    [InlineData("class Low { string S = \"\"\"a \"High\" b\"\"\"; }")]
    [InlineData("enum Low { High = 4 }")]
    [InlineData("class Low { int High { get; set; } int M() => this.High; }")]
    [InlineData("class Low { void M(int High) { N(High: 3); } }")]
    public void Check_NameThatIsNoUseOfTheType_IsNone(string low)
        => Assert.Empty(Floors.FindBreaches([new("Format/Low.cs", "namespace B;\n" + low), new("Disks/High.cs", "namespace B; public class High { }")], []));

    [Theory]
    [InlineData("public sealed record High(int X);")]
    [InlineData("public readonly record struct High(int X);")]
    [InlineData("internal enum High { A }")]
    [InlineData("internal interface High { }")]
    [InlineData("internal delegate int High(int x);")]
    [InlineData("internal ref partial struct High<T> where T : class { }")]
    public void Check_EveryKindOfDeclaration_IsSeen(string high)
        => Assert.NotEmpty(Floors.FindBreaches([new("Format/Low.cs", "namespace B; class Low { High _h; }"), new("Disks/High.cs", "namespace B; " + high)], []));

    [Fact]
    public void Check_FolderThatIsNoFloor_IsABreach()
        => Assert.Equal(["Helpers/Stuff.cs is in a folder that is no floor"], Floors.FindBreaches([new("Helpers/Stuff.cs", "class Stuff { }")], []));

    [Fact]
    public void Check_AllowedPair_IsNoBreachUntilItIsNotUsed()
    {
        SourceFile high = new("Disks/High.cs", "namespace B; class High { }");
        (string, string)[] allowed = [("Log", "High")];

        Assert.Empty(Floors.FindBreaches([new("Log/Low.cs", "namespace B; class Low { High _h; }"), high], allowed));
        Assert.NotEmpty(Floors.FindBreaches([new("Log/Low.cs", "namespace B; class Low { }"), high], allowed));
    }

    [Fact]
    public void Check_Diagnostics_IsForAllAndUsesNoFloor()
    {
        SourceFile meter = new("Diagnostics/Meters.cs", "namespace B; class Meters { }");
        SourceFile writer = new("Format/Layout.cs", "namespace B; class Layout { Meters _m; }");

        Assert.Empty(Floors.FindBreaches([meter, writer], []));
        Assert.NotEmpty(Floors.FindBreaches([new("Diagnostics/Meters.cs", "namespace B; class Meters { Layout _l; }"), writer], []));
    }
}
