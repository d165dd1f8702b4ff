using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace BlockSnap.Primitives;

/// <summary>
/// Lists and maps whose text is what they hold. A record prints its properties with their own <see cref="object.ToString"/>, and an ordinary
/// list would print the name of its type. Two of these are equal when they wrap the same list.
/// </summary>
internal static class Printed
{
    // A report may name a million places, and a log line should not.
    private const int ShownMax = 10;

    [return: NotNullIfNotNull(nameof(items))]
    public static IReadOnlyList<T>? Of<T>(IReadOnlyList<T>? items) => items switch
    {
        null or ListOf<T> => items,
        { Count: 0 } => ListOf<T>.Empty,
        _ => new ListOf<T>(items),
    };

    [return: NotNullIfNotNull(nameof(items))]
    public static IReadOnlyDictionary<string, string>? Of(IReadOnlyDictionary<string, string>? items) => items switch
    {
        null or Map => items,
        { Count: 0 } => Map.Empty,
        _ => new Map(items),
    };

    private static string TextOf<T>(IReadOnlyCollection<T> items)
    {
        string shown = string.Join(", ", items.Take(ShownMax));
        return items.Count > ShownMax ? $"[{shown} and {items.Count - ShownMax} more]" : $"[{shown}]";
    }

    private sealed class ListOf<T>(IReadOnlyList<T> items) : IReadOnlyList<T>, IEquatable<ListOf<T>>
    {
        public static readonly ListOf<T> Empty = new([]);

        private readonly IReadOnlyList<T> _items = items;

        public int Count => _items.Count;

        public T this[int index] => _items[index];

        public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public bool Equals(ListOf<T>? other) => other is not null && ReferenceEquals(_items, other._items);

        public override bool Equals(object? obj) => Equals(obj as ListOf<T>);

        public override int GetHashCode() => _items.GetHashCode();

        public override string ToString() => TextOf(_items);
    }

    private sealed class Map(IReadOnlyDictionary<string, string> items) : IReadOnlyDictionary<string, string>, IEquatable<Map>
    {
        public static readonly Map Empty = new(new Dictionary<string, string>());

        private readonly IReadOnlyDictionary<string, string> _items = items;

        public int Count => _items.Count;

        public IEnumerable<string> Keys => _items.Keys;

        public IEnumerable<string> Values => _items.Values;

        public string this[string key] => _items[key];

        public bool ContainsKey(string key) => _items.ContainsKey(key);

        public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => _items.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public bool Equals(Map? other) => other is not null && ReferenceEquals(_items, other._items);

        public override bool Equals(object? obj) => Equals(obj as Map);

        public override int GetHashCode() => _items.GetHashCode();

        public override string ToString() => TextOf([.. _items.Select(item => $"{item.Key}={item.Value}")]);
    }
}
