namespace BlockSnap.Tests.Storage;

public sealed class LogBlockStoreInMemoryTests : LogBlockStoreTests
{
    protected override IStorageDevice CreateDevice() => new MemoryDevice();
}
