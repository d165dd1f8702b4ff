using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace BlockSnap.Cli;

/// <summary>The options that several commands have. Each call makes one of its own.</summary>
internal static class Options
{
    public static Option<long?> Size(string description, bool required = false) => new("--size")
    {
        Description = $"{description}: {SizeText.Description}.",
        HelpName = "S",
        Required = required,
        CustomParser = ParseSize,
    };

    /// <summary>A number of bytes.</summary>
    public static Option<long?> Bytes(string name, string description) => new(name)
    {
        Description = $"{description}: {SizeText.Description}.",
        HelpName = "B",
        CustomParser = ParseSize,
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

    public static Option<int?> Retain() => Number("--retain", "DAYS", "Days it is kept, 1 to 65536; until it is deleted unless said.");

    public static Option<int?> Trash() => Number("--trash", "DAYS", "Days in which what is deleted can be had back with snapshot undelete, and frees nothing yet.");

    /// <summary>A whole number. Whether it is a fit one is for those to say who use it.</summary>
    public static Option<int?> Number(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName, CustomParser = ParseNumber };

    /// <summary>Days as a time, for a negative number too, which the library refuses.</summary>
    public static TimeSpan? DaysOf(int? days) => days is { } count ? TimeSpan.FromDays(count) : null;

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

    public static Option<bool> Disconnect() => Flag("--disconnect", "When the pool is served: disconnect the NBD clients that use the disk. Else they are a reason to refuse.");

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

    private static int? ParseNumber(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        result.AddError($"'{text}' is no whole number.");
        return null;
    }

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
                // Only the library knows what a block size is.
            }
        }

        result.AddError($"'{text}' is no block size: expected a power of two from 512 to 1MiB.");
        return default;
    }
}
