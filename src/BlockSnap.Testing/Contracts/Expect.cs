using System.Runtime.CompilerServices;

namespace BlockSnap.Testing;

/// <summary>What a rule expects. A message of failure quotes the code that was checked.</summary>
internal static class Expect
{
    public static void True(bool condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        if (!condition)
        {
            throw new InvalidOperationException($"expected was {what}");
        }
    }

    public static void Equal<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string what = "")
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new InvalidOperationException($"{what} is {actual}, expected was {expected}");
        }
    }

    public static void Bytes(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, [CallerArgumentExpression(nameof(actual))] string what = "")
    {
        Equal(expected.Length, actual.Length, $"the length of {what}");
        int same = expected.CommonPrefixLength(actual);
        if (same < expected.Length)
        {
            throw new InvalidOperationException($"byte {same} of {what} is {actual[same]}, expected was {expected[same]}");
        }
    }

    public static void Zeros(ReadOnlySpan<byte> actual, [CallerArgumentExpression(nameof(actual))] string what = "") =>
        Equal(-1, actual.IndexOfAnyExcept((byte)0), $"the first byte other than zero of {what}");

    public static TException Throws<TException>(Action act, [CallerArgumentExpression(nameof(act))] string what = "")
        where TException : Exception
    {
        try
        {
            act();
        }
        catch (TException e)
        {
            return e;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{what} raises {e.GetType().Name}, expected was {typeof(TException).Name}", e);
        }

        throw new InvalidOperationException($"{what} raises nothing, expected was {typeof(TException).Name}");
    }
}
