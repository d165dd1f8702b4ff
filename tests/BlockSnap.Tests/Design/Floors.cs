namespace BlockSnap.Tests.Design;

/// <summary>
/// The rule of the floors (ARCHITECTURE.md): a file names no type that is declared on a higher floor. Diagnostics stands beside the
/// floors: all may use it, and it uses Primitives alone.
/// </summary>
internal static class Floors
{
    private const string Root = "";
    private const string Side = "Diagnostics";

    private static readonly string[] s_order = ["Primitives", "Format", "Devices", "Log", "Storage", "Mapping", "Diffing", "Disks", "Items", "Catalogs", "Pools", "Capacity", "Snapshots", "Policies", "Checks", Root];

    /// <summary>The floors from the lowest up, then what stands beside them, as ARCHITECTURE.md lists them.</summary>
    public static IReadOnlyList<string> Listed { get; } = [.. s_order.Select(floor => floor == Root ? "root" : floor), Side];

    /// <summary>Every breach as "file names type of floor", but those allowed.</summary>
    /// <param name="files">The library's sources.</param>
    /// <param name="allowed">Pairs of a floor and a type its files may name although that is higher.</param>
    public static IReadOnlyList<string> FindBreaches(IReadOnlyList<SourceFile> files, IReadOnlyCollection<(string Floor, string Type)> allowed) =>
        FindBreaches(files, allowed, s_order);

    /// <param name="files">A project's sources.</param>
    /// <param name="allowed">Pairs of a floor and a type its files may name although that is higher.</param>
    /// <param name="order">The folders from the lowest floor up.</param>
    public static IReadOnlyList<string> FindBreaches(IReadOnlyList<SourceFile> files, IReadOnlyCollection<(string Floor, string Type)> allowed, string[] order)
    {
        var breaches = new List<string>();

        // A type spread over folders belongs to the lowest of them; two types of one name likewise, which errs on the side of silence.
        var homes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (SourceFile file in files)
        {
            string floor = FloorOf(file);
            if (floor != Side && Array.IndexOf(order, floor) < 0)
            {
                breaches.Add($"{file.Path} is in a folder that is no floor");
                continue;
            }

            foreach (string type in file.DeclaredTypes())
            {
                if (!homes.TryGetValue(type, out string? home) || Height(floor, order) < Height(home, order))
                {
                    homes[type] = floor;
                }
            }
        }

        var unused = allowed.ToHashSet();
        foreach (SourceFile file in files)
        {
            string floor = FloorOf(file);
            foreach ((string type, string home) in homes.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                if (Height(home, order) <= Height(floor, order) || !file.NamesType(type))
                {
                    continue;
                }

                if (allowed.Contains((floor, type)))
                {
                    unused.Remove((floor, type));
                }
                else
                {
                    breaches.Add($"{file.Path} names {type} of {(home == Root ? "the root" : home)}");
                }
            }
        }

        breaches.AddRange(unused.Select(pair => $"{pair.Floor} is allowed to name {pair.Type} and does not: take the pair out"));
        return breaches;
    }

    private static string FloorOf(SourceFile file) => file.Path.Contains('/') ? file.Path[..file.Path.IndexOf('/')] : Root;

    // Diagnostics counts as Primitives: usable by all, and itself kept from all others.
    private static int Height(string floor, string[] order) => floor == Side ? 0 : Array.IndexOf(order, floor);
}
