using BlockSnap.Tests.Infrastructure;
using FsCheck.Fluent;
using Property = BlockSnap.Tests.Infrastructure.Property;

namespace BlockSnap.Tests.Model;

/// <summary>
/// Random histories of a pool, compared with a model of dictionaries. A failure prints its seed and its steps, shrunk:
/// FSCHECK_REPLAY repeats it, and the steps can be pasted into a test below. FSCHECK_TESTS=2000 looks longer.
/// </summary>
public sealed class HistoryTests
{
    private const int HistoriesMax = 40;
    private const int DirectoryHistoriesMax = 6;
    private static readonly TimeSpan s_shrinkingTime = TimeSpan.FromSeconds(6);

    public static TheoryData<string> Choices => [.. PoolChoice.All.Select(choice => choice.Name)];

    [Theory]
    [MemberData(nameof(Choices))]
    public void AnyHistory_ReadsWhatTheModelReads(string choice)
        => Property.Check(
            $"a pool with {choice} reads what its model reads",
            History.Arbitrary,
            WithinBudget(history => Run(history, PoolChoice.Named(choice))),
            HistoriesMax);

    [Fact]
    public void AnyHistory_InADirectory_ReadsWhatTheModelReads()
        => Property.Check(
            "a pool in a directory reads what its model reads",
            History.Arbitrary,
            WithinBudget(history => Run(history, PoolChoice.Small, inDirectory: true)),
            DirectoryHistoriesMax);

    [Fact]
    public void AnyHistory_WithOtherSizes_GivesTheSameBytes()
        => Property.Check(
            "sizes of segments, caches and checkpoints change no byte",
            History.Arbitrary,
            WithinBudget(history =>
            {
                PoolChoice[] choices = [.. PoolChoice.All.Where(choice => choice.BlockBytes == PoolChoice.Default.BlockBytes)];
                Assert.Single(choices.Select(choice => Run(history, choice)).Distinct());
            }),
            DirectoryHistoriesMax);

    [Fact]
    public void Release_AfterACleanStopAndAFirstAppend_IsFoundInTheFileTheSuperblockNames() => Run(
        new History(
        [
            new(StepKind.Reopen, 0, 0, 0, 0, 0),
            new(StepKind.Write, 0, 0, 0, 1, 1),
            new(StepKind.Reopen, 0, 0, 0, 0, 0),
            new(StepKind.WriteZeroes, 0, 0, 0, 1, 0),
            new(StepKind.Kill, 0, 0, 0, 0, 0),
        ]),
        PoolChoice.Default);

    [Fact]
    public void SegmentHeader_WithoutABatchBehindIt_IsDurableBeforeACheckpointNamesIt() => Run(
        new History(
        [
            new(StepKind.DeleteDisk, 0, 0, 0, 0, 0),
            new(StepKind.Kill, 0, 0, 0, 0, 0),
            new(StepKind.Reopen, 0, 0, 0, 0, 0),
            new(StepKind.CreateDisk, 0, 0, 0, 0, 0),
            new(StepKind.Kill, 0, 0, 0, 0, 0),
        ]),
        PoolChoice.Small);

    [Fact]
    public void Histories_ContainEveryKindOfStep()
    {
        var seen = new HashSet<StepKind>();
        foreach (History history in History.Arbitrary.Generator.Sample(200, 200))
        {
            seen.UnionWith(history.Steps.Select(step => step.Kind));
        }

        Assert.Equal(Enum.GetValues<StepKind>().Where(kind => kind is <= StepKind.OpenView or >= StepKind.SpecialSnapshot).Order(), seen.Order()); // the others are the simulation's
    }

    // A failing history is made shorter until the time is up; then all shorter ones pass unseen, so that what was found is reported.
    private static Action<History> WithinBudget(Action<History> property)
    {
        long? failed = null;
        return history =>
        {
            if (failed is { } since && TimeProvider.System.GetElapsedTime(since) > s_shrinkingTime)
            {
                return;
            }

            try
            {
                property(history);
            }
            catch
            {
                failed ??= TimeProvider.System.GetTimestamp();
                throw;
            }
        };
    }

    // Task.Run, so that the property can wait without holding up what the pool continues with.
    private static string Run(History history, PoolChoice choice, bool inDirectory = false)
        => Task.Run(() => HistoryRunner.RunAsync(history, choice, inDirectory)).GetAwaiter().GetResult();
}
