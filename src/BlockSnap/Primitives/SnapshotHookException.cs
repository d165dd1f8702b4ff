namespace BlockSnap;

/// <summary>A hook around the freeze of a snapshot failed or took too long.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class SnapshotHookException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="isBeforeFreeze">Whether it is the hook before the freeze, so that no snapshot was made.</param>
    /// <param name="innerException">What the hook threw, or a <see cref="TimeoutException"/>.</param>
    public SnapshotHookException(bool isBeforeFreeze, Exception innerException)
        : base(Describe(isBeforeFreeze, innerException), innerException)
    {
        IsBeforeFreeze = isBeforeFreeze;
    }

    /// <inheritdoc/>
    public override string Code => "hook-failed";

    /// <summary>True for the hook before the freeze: no snapshot was made. False for the one after it: the snapshot was made and stays.</summary>
    public bool IsBeforeFreeze { get; }

    private static string Describe(bool isBeforeFreeze, Exception inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return isBeforeFreeze
            ? $"The hook before the freeze failed ({inner.Message.TrimEnd('.')}), so no snapshot was made. Mend it, or allow crash consistency."
            : $"The snapshot was made, but the hook after the freeze failed ({inner.Message.TrimEnd('.')}). See to it that the application goes on.";
    }
}
