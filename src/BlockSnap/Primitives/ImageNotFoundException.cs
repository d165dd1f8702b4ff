namespace BlockSnap;

/// <summary>There is no image of that name.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class ImageNotFoundException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="imageName">What was looked for.</param>
    public ImageNotFoundException(string imageName)
        : base($"There is no image '{imageName}'. List the images of the pool to see their names.")
    {
        ImageName = imageName;
    }

    /// <inheritdoc/>
    public override string Code => "image-not-found";

    /// <summary>What was looked for.</summary>
    public string ImageName { get; }
}
