using System.Globalization;

namespace BlockSnap.Throughput;

/// <summary>What the command line asks for.</summary>
internal sealed record RunOptions
{
    public const string Usage = """
        Measures a pool against the ceiling, alternating, in one run. Linux only.

        Usage: dotnet run -c Release --project benchmarks/BlockSnap.Throughput -- [OPTION...] [WORKLOAD...]

          --json        one JSON document on stdout instead of the table
          --seconds N   measuring time of each side of a workload, default 3.5; rounds last 0.1 to 2 s, there are at least seven
          --size S      size of the disk and of the raw file, default 4GiB; figures count at the default only
          --dir D       a directory on the device to measure, default the temporary directory
          --scale S     measures cost against size instead, up to a fully mapped disk of S (1TiB takes 16 GiB and a quarter of an
                        hour); WORKLOAD is then one of snapshots, disks, sparse, mapped
          --publish D   measures nothing: makes figures.svg and the table in README.md of a directory from its figures.json
          --list        names and meanings of the workloads
          WORKLOAD      names, '*' matches anything; default all but those marked as extra
        """;

    private const int RoundCountMin = 7;
    private const double RoundSecondsMin = 0.1;
    private const double RoundSecondsMax = 2;

    // On a smaller disk "64 MiB dirty" and "1 % of the blocks" would no longer be what they say.
    private const long SizeMin = 64 * ByteSize.MiB;

    public bool Json { get; init; }

    public bool List { get; init; }

    /// <summary>The size up to which scale is to be measured, or 0.</summary>
    public long Scale { get; init; }

    /// <summary>Where figures are to be published, or null to measure.</summary>
    public string? Publish { get; init; }

    public double Seconds { get; init; } = 3.5;

    public long Size { get; init; } = 4 * ByteSize.GiB;

    public string Directory { get; init; } = Path.GetTempPath();

    public IReadOnlyList<string> Workloads { get; init; } = [];

    public double RoundSeconds => Math.Clamp(Seconds / RoundCountMin, RoundSecondsMin, RoundSecondsMax);

    public int Rounds => Math.Max(RoundCountMin, (int)Math.Round(Seconds / RoundSeconds));

    /// <exception cref="FormatException">The arguments are not understood; the message says which.</exception>
    public static RunOptions Parse(string[] args)
    {
        var options = new RunOptions();
        var workloads = new List<string>();
        for (int i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]} needs a value.");
            options = args[i] switch
            {
                "--json" => options with { Json = true },
                "--scale" => options with { Scale = ParseSize(Value()) },
                "--publish" => options with { Publish = Path.GetFullPath(Value()) },
                "--list" => options with { List = true },
                "--seconds" => options with { Seconds = ParseSeconds(Value()) },
                "--size" => options with { Size = ParseSize(Value()) },
                "--dir" => options with { Directory = Path.GetFullPath(Value()) },
                ['-', ..] => throw new FormatException($"Unknown option '{args[i]}'."),
                _ => AddWorkload(args[i]),
            };
        }

        return options with { Workloads = workloads };

        RunOptions AddWorkload(string name)
        {
            workloads.Add(name);
            return options;
        }
    }

    private static double ParseSeconds(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= 3600
            ? seconds
            : throw new FormatException($"'{text}' is no number of seconds.");

    private static long ParseSize(string text) =>
        ByteSize.TryParse(text, out long bytes) && bytes >= SizeMin && bytes % ByteSize.MiB == 0
            ? bytes
            : throw new FormatException($"'{text}' is no size: whole MiB, at least {ByteSize.Format(SizeMin)}.");
}
