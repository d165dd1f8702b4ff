namespace BlockSnap;

/// <summary>There is a group of that name already.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class GroupExistsException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="groupName">The name.</param>
    public GroupExistsException(string groupName)
        : base($"There is a group '{groupName}' already. Choose another name, or delete that one first.")
    {
        GroupName = groupName;
    }

    /// <inheritdoc/>
    public override string Code => "group-exists";

    /// <summary>The name.</summary>
    public string GroupName { get; }
}
