using BlockSnap.Tests.Infrastructure;

namespace BlockSnap.Tests.Storage;

public sealed class LogBlockStoreInDirectoryTests : LogBlockStoreTests
{
    private readonly TempDirectory _temp = new();

    protected override IStorageDevice CreateDevice() => new DirectoryDevice(_temp["store"], create: true);

    protected override void CleanUp()
    {
        base.CleanUp();
        _temp.Dispose();
    }
}
