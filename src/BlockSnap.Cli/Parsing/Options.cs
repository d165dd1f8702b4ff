using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>The options that several commands have. Each call makes a new one.</summary>
internal static class Options
{
    public static Option<long?> Size(string description, bool required = false) => new("--size")
    {
        Description = $"{description}: {SizeText.Description}.",
        HelpName = "S",
        Required = required,
        CustomParser = ParseSize,
    };

    /// <summary>A number of bytes with a lower limit.</summary>
    public static Option<long?> Bytes(string name, string description, long least) => new(name)
    {
        Description = $"{description}, at least {least}: {SizeText.Description}.",
        HelpName = "B",
        CustomParser = result =>
        {
            long? bytes = ParseSize(result);
            if (bytes < least)
            {
                result.AddError($"{name} is at least {least}, not {result.Tokens[0].Value}.");
            }

            return bytes;
        },
    };

    public static Option<BlockSize> BlockSize() => new("--block-size")
    {
        Description = "The block size, a power of two from 512 bytes to 1 MiB; 4 KiB unless said.",
        HelpName = "B",
        CustomParser = ParseBlockSize,
    };

    public static Option<Dictionary<string, string>> Tags() => new("--tag")
    {
        Description = "A tag; may be given up to 20 times.",
        HelpName = "K=V",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = ParseTags,
    };

    /// <summary>How long a snapshot is kept.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">What the days are.</param>
    /// <param name="unlessSaid">What holds without the option.</param>
    public static Option<int?> Retention(string name, string description, string unlessSaid) =>
        Number(name, "DAYS", description, 1, Snapshot.RetentionDaysMax, unlessSaid);

    public static Option<int> Trash() => Number(
        "--trash",
        "DAYS",
        "Days in which 'snapshot undelete' can bring back what is deleted, and nothing is freed yet",
        0,
        DiskPoolOptions.TrashDaysMax,
        unlessSaid: 0);

    /// <summary>A whole number in a range, and what holds when it is not given.</summary>
    public static Option<int> Number(string name, string helpName, string description, int least, int most, int unlessSaid) => new(name)
    {
        Description = $"{description}, {RangeOf(least, most)}; {unlessSaid} unless said.",
        HelpName = helpName,
        CustomParser = result => ParseNumber(result, name, least, most),
        DefaultValueFactory = _ => unlessSaid,
    };

    /// <summary>A whole number in a range, or none.</summary>
    public static Option<int?> Number(string name, string helpName, string description, int least, int most, string? unlessSaid = null) => new(name)
    {
        Description = $"{description}, {RangeOf(least, most)}{(unlessSaid is null ? "" : $"; {unlessSaid} unless said")}.",
        HelpName = helpName,
        CustomParser = result => ParseNumber(result, name, least, most),
    };

    /// <summary>One of the words for the values of an enumeration.</summary>
    public static Option<T?> Word<T>(string name, string description)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>().ToDictionary(Words.Of, StringComparer.OrdinalIgnoreCase);
        string words = string.Join(", ", values.Keys);
        return new Option<T?>(name)
        {
            Description = $"{description}: {words}.",
            HelpName = "WORD",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (values.TryGetValue(text, out T value))
                {
                    return value;
                }

                result.AddError($"'{text}' is none of {words}.");
                return null;
            },
        };
    }

    public static Option<bool> DryRun() => Flag("--dry-run", "Only tell what would be done; change nothing.");

    public static Option<bool> Disconnect() => Flag(
        "--disconnect",
        "When the pool is served: disconnect the NBD clients that use the disk. Without it the command is refused while there are any.");

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };

    private static long? ParseSize(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (SizeText.TryParse(text, out long bytes))
        {
            return bytes;
        }

        result.AddError($"'{text}' is no size from 0 to 2^62 bytes: expected {SizeText.Description}.");
        return null;
    }

    private static int ParseNumber(ArgumentResult result, string name, int least, int most)
    {
        string text = result.Tokens[0].Value;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            result.AddError($"'{text}' is no whole number.");
        }
        else if (number < least || number > most)
        {
            result.AddError($"{name} is {RangeOf(least, most)}, not {number}.");
        }

        return number;
    }

    private static string RangeOf(int least, int most) => most == int.MaxValue ? $"at least {least}" : $"{least} to {most}";

    private static Dictionary<string, string> ParseTags(ArgumentResult result)
    {
        string? error = TagText.Parse(result.Tokens.Select(token => token.Value), out Dictionary<string, string> tags);
        if (error is not null)
        {
            result.AddError(error);
        }

        return tags;
    }

    private static BlockSize ParseBlockSize(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (SizeText.TryParse(text, out long bytes) && bytes <= BlockSnap.BlockSize.MaximumBytes)
        {
            try
            {
                return new BlockSize((int)bytes);
            }
            catch (ArgumentOutOfRangeException)
            {
                // Which block sizes there are, only the library knows. The error below tells.
            }
        }

        result.AddError($"'{text}' is no block size: expected a power of two from 512 to 1MiB.");
        return default;
    }
}
