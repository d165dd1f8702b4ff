using BlockSnap.Cli;
using Spectre.Console;

namespace BlockSnap.Tests.Cli;

public class TextTableTests
{
    [Fact]
    public void Table_ThatFits_HasALineForEachRowAndNoBlanksAtItsEnd() => Assert.Equal(
        """
        NAME               SIZE  KEPT    TAGS
        vm1@before        4 KiB          a=b
        vm1@afterwards  1.5 MiB  locked

        """,
        Draw(37));

    [Fact]
    public void Table_ThatIsTooWide_TakesSeveralLinesForARow_AndCutsNothing() => Assert.Equal(
        """
        NAME               SIZE  KEPT
          TAGS
        vm1@before        4 KiB
          a=b
        vm1@afterwards  1.5 MiB  locked

        """,
        Draw(36));

    [Fact]
    public void Table_OnATerminalAsNarrowAsItsFirstColumn_GivesThatALineOfItsOwn() => Assert.Equal(
        """
        NAME
             SIZE
          KEPT    TAGS
        vm1@before
            4 KiB
                  a=b
        vm1@afterwards
          1.5 MiB
          locked

        """,
        Draw(14));

    [Fact]
    public void Table_ThatIsTooWide_LeavesOutColumnsInWhichNothingStands()
    {
        var table = new TextTable("NAME", "KEPT", "TAGS");
        table.Add("vm1@before", "", "team=database");
        Assert.Equal("NAME\n  TAGS\nvm1@before\n  team=database\n", Draw(table, 20));
        Assert.Equal("NAME        KEPT  TAGS\nvm1@before        team=database\n", Draw(table, 80));
    }

    [Fact]
    public void Cell_WithControlCharactersOrWideLetters_StaysInItsPlace()
    {
        var table = new TextTable("NAME", "TEXT");
        table.Add("快照", "two\nlines\u001b[2J");
        table.Add("abc", "x");
        Assert.Equal("NAME  TEXT\n快照  two lines [2J\nabc   x\n", Draw(table, 80));
    }

    private static string Draw(int width)
    {
        var table = new TextTable("NAME", ">SIZE", "KEPT", "TAGS");
        table.Add("vm1@before", "4 KiB", "", "a=b");
        table.Add("vm1@afterwards", "1.5 MiB", "locked", "");
        return Draw(table, width);
    }

    private static string Draw(TextTable table, int width)
    {
        var output = new StringWriter { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        table.WriteTo(console);
        return output.ToString();
    }
}
