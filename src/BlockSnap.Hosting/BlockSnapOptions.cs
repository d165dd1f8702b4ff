namespace BlockSnap.Hosting;

/// <summary>The options of a host's pool. Checked when the host starts. Set by one thread while services are added, only read from then on.</summary>
public sealed class BlockSnapOptions
{
    /// <summary>The pool's directory; required.</summary>
    public string Directory { get; set; } = "";

    /// <summary>Whether to create the pool when the directory has none. Default true.</summary>
    public bool CreateIfMissing { get; set; } = true;

    /// <summary>Whether policies and retention run while the host does. Default true; without effect on a pool that is opened read-only.</summary>
    public bool RunPolicies { get; set; } = true;

    /// <summary>How often to look whether a policy is due, 1 second to 1 hour. Default 1 minute.</summary>
    public TimeSpan PolicyInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often to delete what has outlived its retention, at least <see cref="PolicyInterval"/>, at most 1 day. Default 1 hour.</summary>
    public TimeSpan ExpiryInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The pool's own options. Unless they name others, its log goes to the host's loggers and its clock is the host's
    /// <see cref="TimeProvider"/>.
    /// </summary>
    public DiskPoolOptions Pool { get; set; } = new();
}
