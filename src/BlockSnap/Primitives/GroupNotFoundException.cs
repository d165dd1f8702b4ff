namespace BlockSnap;

/// <summary>There is no group of snapshots of that name.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class GroupNotFoundException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="groupName">What was looked for.</param>
    public GroupNotFoundException(string groupName)
        : base($"There is no group '{groupName}'. List the groups of the pool to see their names.")
    {
        GroupName = groupName;
    }

    /// <inheritdoc/>
    public override string Code => "group-not-found";

    /// <summary>What was looked for.</summary>
    public string GroupName { get; }
}
