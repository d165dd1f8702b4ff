using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace BlockSnap.Tests.Model;

/// <summary>A sequence of steps that starts with an empty pool of one disk; how to make random ones and how to make them shorter.</summary>
public sealed class History(IReadOnlyList<Step> steps)
{
    private const int StepsMax = 60;

    // How often a kind comes, among all weights.
    private static readonly (int Weight, StepKind Kind)[] Weights =
    [
        (30, StepKind.Write), (6, StepKind.WriteZeroes), (6, StepKind.Discard), (4, StepKind.Resize), (3, StepKind.Flush),
        (12, StepKind.Snapshot), (6, StepKind.DeleteSnapshots), (4, StepKind.Rollback), (3, StepKind.Undo), (4, StepKind.Clone),
        (1, StepKind.CreateDisk), (2, StepKind.DeleteDisk), (2, StepKind.Compact), (3, StepKind.Checkpoint), (2, StepKind.Check),
        (2, StepKind.Reopen), (4, StepKind.Kill), (8, StepKind.Diff), (3, StepKind.Usage), (2, StepKind.OpenView),
        (4, StepKind.SpecialSnapshot), (3, StepKind.Hold), (2, StepKind.Lock), (2, StepKind.Retain), (3, StepKind.Trash), (2, StepKind.Undelete),
        (2, StepKind.DeleteKept), (2, StepKind.RollbackInUse), (3, StepKind.Group), (2, StepKind.RollbackGroup), (1, StepKind.DeleteGroup), (1, StepKind.Reinitialize),
        (1, StepKind.Synchronize), (5, StepKind.Image), (1, StepKind.Import), (5, StepKind.Policy), (4, StepKind.RunPolicies), (1, StepKind.Suspend), (2, StepKind.Quota), (2, StepKind.Expire),
        (1, StepKind.Purge), (1, StepKind.Scrub),
    ];

    public IReadOnlyList<Step> Steps { get; } = steps;

    /// <summary>Random histories and their shrinker.</summary>
    public static Arbitrary<History> Arbitrary { get; } = Arb.From(Histories(), history => history.Shrink());

    public override string ToString()
    {
        var text = new StringBuilder().Append(Steps.Count).Append(" steps:");
        foreach (Step step in Steps)
        {
            text.AppendLine().Append("    ").Append(step).Append(',');
        }

        return text.ToString();
    }

    /// <summary>Shorter histories, by halves first, then simpler ones of the same length.</summary>
    public IEnumerable<History> Shrink()
    {
        for (int chunk = Steps.Count / 2; chunk > 0; chunk /= 2)
        {
            for (int start = 0; start < Steps.Count; start += chunk)
            {
                yield return new History([.. Steps.Take(start), .. Steps.Skip(start + chunk)]);
            }
        }

        for (int index = 0; index < Steps.Count; index++)
        {
            foreach (Step smaller in Steps[index].Shrink())
            {
                yield return new History([.. Steps.Take(index), smaller, .. Steps.Skip(index + 1)]);
            }
        }
    }

    private static Gen<History> Histories() =>
        from count in Gen.Choose(1, StepsMax)
        from steps in Gen.ArrayOf(SingleSteps(), count)
        select new History(steps);

    private static Gen<Step> SingleSteps() =>
        from kind in Gen.Frequency(Weights.Select(entry => (entry.Weight, Gen.Constant(entry.Kind))))
        from disk in Gen.Choose(0, 7)
        from pick in Gen.Choose(0, 31)
        from at in Positions()
        from length in Lengths(kind)
        from fill in kind >= StepKind.SpecialSnapshot ? Gen.Choose(0, 1023) : Gen.Choose(0, 5)
        select new Step(kind, disk, pick, at, length, fill);

    // At the borders of blocks of each size, just beside them, and anywhere; mostly in the first window (see HistoryRunner).
    private static Gen<int> Positions() =>
        from window in Gen.Frequency((4, Gen.Constant(0)), (1, Gen.Constant(1)), (1, Gen.Constant(2)))
        from unit in Gen.Elements(512, 4096, 65536)
        from count in Gen.Choose(0, HistoryRunner.WindowBytes / unit)
        from beside in Gen.Frequency((4, Gen.Constant(0)), (1, Gen.Choose(-2, 2)), (2, Gen.Choose(0, unit)))
        let inside = Math.Clamp((count * unit) + beside, 0, HistoryRunner.WindowBytes - 1)
        select (window * HistoryRunner.WindowBytes) + inside;

    private static Gen<int> Lengths(StepKind kind)
    {
        Gen<int> some = Gen.Frequency(
            (4, Gen.Elements(512, 4096, 8192, 65536)),
            (3, Gen.Choose(0, 600)),
            (3, Gen.Choose(0, 20_000)),
            (1, Gen.Choose(0, 150_000)));
        return kind switch
        {
            StepKind.DeleteSnapshots => Gen.Choose(0, 4),
            StepKind.Discard or StepKind.WriteZeroes => Gen.Frequency((9, some), (1, Gen.Constant(Step.Everything))),
            _ => some,
        };
    }
}
