using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>The options that say what a policy does. What is not given stays as it is.</summary>
internal sealed class PolicyOptionSet(bool isNew)
{
    private const int HoursPerDay = 24;
    private const string AsBefore = "as before";

    public Option<int[]?> Hours { get; } = new("--hours")
    {
        Description = "The hours, 0 to 23, separated by commas; or '*' for all, '*/4' for each fourth.",
        HelpName = "H,H",
        Arity = ArgumentArity.ExactlyOne,
        Required = isNew,
        CustomParser = ParseHours,
    };

    public Option<DayOfWeek[]?> Days { get; } = new("--days")
    {
        Description = $"The days, separated by commas: mon,tue,wed,thu,fri,sat,sun; {(isNew ? "all" : AsBefore)} unless said.",
        HelpName = "D,D",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = ParseDays,
    };

    public Option<string?> Zone { get; } = new("--zone")
    {
        Description = $"The time zone of hours and days, like Europe/Berlin; {(isNew ? "UTC" : AsBefore)} unless said.",
        HelpName = "ZONE",
    };

    public Option<int?> Retain { get; } = Options.Retention(
        "--retain", "Days each snapshot is kept", isNew ? $"{SnapshotPolicy.DefaultRetentionDays}" : AsBefore);

    public Option<bool> Forever { get; } = Options.Flag("--forever", "Keep each snapshot until the quota needs its place.");

    public Option<bool?> SkipUnused { get; } = Switch("--skip-unused", "Pass over a disk that nobody uses.");

    public Option<bool?> SkipUnchanged { get; } = Switch("--skip-unchanged", "Pass over a disk in which nothing changed since its last snapshot.");

    public IEnumerable<Option> All => [Hours, Days, Zone, Retain, Forever, SkipUnused, SkipUnchanged];

    /// <summary>The policy as the command line changes it.</summary>
    public SnapshotPolicy Apply(CommandContext context, SnapshotPolicy policy)
    {
        int? days = context.Get(Retain);
        if (days is not null && context.Get(Forever))
        {
            throw new UsageException("--retain and --forever exclude each other.");
        }

        return policy with
        {
            Hours = context.Get(Hours) is { Length: > 0 } hours ? hours : policy.Hours,
            Weekdays = context.Get(Days) is { Length: > 0 } weekdays ? weekdays : policy.Weekdays,
            TimeZone = context.Get(Zone) ?? policy.TimeZone,
            RetentionDays = context.Get(Forever) ? null : days ?? policy.RetentionDays,
            SkipUnused = context.Get(SkipUnused) ?? policy.SkipUnused,
            SkipUnchanged = context.Get(SkipUnchanged) ?? policy.SkipUnchanged,
        };
    }

    // Without a value it means true; a change may say false.
    private static Option<bool?> Switch(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "true|false",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static int[]? ParseHours(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (TryParseStep(text, out int step))
        {
            return [.. Enumerable.Range(0, HoursPerDay).Where(hour => hour % step == 0)];
        }

        var hours = new List<int>();
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int hour) || hour >= HoursPerDay || hours.Contains(hour))
            {
                result.AddError($"'{text}' are no hours: expected different numbers from 0 to 23, like 2,14, or '*', or '*/4'.");
                return null;
            }

            hours.Add(hour);
        }

        return [.. hours];
    }

    // '*' is a step of one hour, '*/4' one of four.
    private static bool TryParseStep(string text, out int step)
    {
        step = 1;
        return text == "*"
            || (text.StartsWith("*/", StringComparison.Ordinal)
                && int.TryParse(text.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out step)
                && step is >= 1 and < HoursPerDay);
    }

    private static DayOfWeek[]? ParseDays(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        var days = new List<DayOfWeek>();
        foreach (string part in text.Split(','))
        {
            DayOfWeek[] meant = [.. Enum.GetValues<DayOfWeek>().Where(day => IsShortFor(part, day))];
            if (meant.Length != 1 || days.Contains(meant[0]))
            {
                result.AddError($"'{text}' are no days: expected different ones of mon,tue,wed,thu,fri,sat,sun.");
                return null;
            }

            days.Add(meant[0]);
        }

        return [.. days];
    }

    private static bool IsShortFor(string text, DayOfWeek day) =>
        text.Length >= 3 && PolicyText.WordOf(day).StartsWith(text, StringComparison.OrdinalIgnoreCase);
}
