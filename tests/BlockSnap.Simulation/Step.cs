namespace BlockSnap.Simulation;

/// <summary>
/// One step of a history. Any numbers are valid in any state: an index counts modulo what there is, a position modulo the size.
/// In a simulation a step can be done inside the work of other steps: at the device call number Within, or the next that allows it; 0 = not.
/// The text form is C#, to be pasted into a test.
/// </summary>
public sealed record Step(StepKind Kind, int Disk = 0, int Pick = 0, int At = 0, int Length = 0, int Fill = 0, int Within = 0)
{
    /// <summary>As a length: to the end of the disk.</summary>
    public const int Everything = int.MaxValue;

    public override string ToString() =>
        $"new({nameof(StepKind)}.{Kind}, {Disk}, {Pick}, {At}, {(Length == Everything ? "Step.Everything" : Length)}, {Fill}{(Within == 0 ? "" : $", Within: {Within}")})";

    /// <summary>Steps that do less.</summary>
    public IEnumerable<Step> Shrink()
    {
        foreach (int smaller in Smaller(Disk))
        {
            yield return this with { Disk = smaller };
        }

        foreach (int smaller in Smaller(Pick))
        {
            yield return this with { Pick = smaller };
        }

        foreach (int smaller in Smaller(At))
        {
            yield return this with { At = smaller };
        }

        foreach (int smaller in Smaller(Length))
        {
            yield return this with { Length = smaller };
        }

        foreach (int smaller in Smaller(Fill))
        {
            yield return this with { Fill = smaller };
        }
    }

    private static IEnumerable<int> Smaller(int number)
    {
        if (number > 0)
        {
            yield return 0;
        }

        // Down to a multiple of the block sizes first: round numbers read better.
        foreach (int unit in (int[])[65536, 4096, 512])
        {
            if (number > unit && number % unit != 0)
            {
                yield return number - (number % unit);
            }
        }

        if (number > 2)
        {
            yield return number / 2;
        }

        if (number > 1)
        {
            yield return number - 1;
        }
    }
}
