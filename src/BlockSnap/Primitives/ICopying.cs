namespace BlockSnap.Primitives;

/// <summary>Whether the long XXH3 path also copies what it reads. A type argument, so that the compiled code does not test for it.</summary>
internal interface ICopying
{
    static abstract bool Copies { get; }

    /// <summary>Hashing alone.</summary>
    readonly struct No : ICopying
    {
        public static bool Copies => false;
    }

    /// <summary>Hashing and copying: each byte is read once, so the hash is that of the copy, even when the source is changed meanwhile.</summary>
    readonly struct Yes : ICopying
    {
        public static bool Copies => true;
    }
}
