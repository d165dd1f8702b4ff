namespace BlockSnap;

/// <summary>There is an image of that name already.</summary>
/// <remarks>Instances are immutable and safe to read from any thread.</remarks>
public sealed class ImageExistsException : BlockSnapException
{
    /// <summary>Creates the error.</summary>
    /// <param name="imageName">The name.</param>
    public ImageExistsException(string imageName)
        : base($"There is an image '{imageName}' already. Choose another name, or delete that one first.")
    {
        ImageName = imageName;
    }

    /// <inheritdoc/>
    public override string Code => "image-exists";

    /// <summary>The name.</summary>
    public string ImageName { get; }
}
