using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace BlockSnap.Testing;

/// <summary>
/// What every <see cref="IStorageDevice"/> must do, rule by rule. A test framework runs each on a device of its own:
/// <c>foreach (var rule in StorageDeviceContract.Rules) { using var device = new MyDevice(); rule.Check(device); }</c>
/// </summary>
/// <remarks>
/// Thread-safe: rules share nothing. No contract can try from outside what a crash leaves, or whether a full device reports that it is full.
/// </remarks>
public static partial class StorageDeviceContract
{
    /// <summary>The rules, in no order that matters.</summary>
    public static IReadOnlyList<ContractRule<IStorageDevice>> Rules { get; } =
    [
        Rule(Open_Missing_ThrowsFileNotFound),
        Rule(Open_OrCreateMissing_CreatesAnEmptyFile),
        Rule(Open_Existing_KeepsContent),
        Rule(Open_CreateNewExisting_ThrowsAndKeepsContent),
        Rule(Open_UnknownMode_Throws),
        Rule(AnyCall_InvalidName_ThrowsArgument),
        Rule(Open_LongestName_WorksAndOneMoreIsRefused),
        Rule(List_SomeFiles_IsSortedByOrdinalAndOmitsTheLock),
        Rule(Delete_Existing_RemovesItAndMissingIsNoError),
        Rule(Delete_OpenFile_HandleKeepsWorkingOnTheOldBytes),
        Rule(FlushNames_AfterCreateAndDelete_Returns),
        Rule(AcquireOwnership_Held_IsRefusedUntilGivenBack),
        Rule(AcquireOwnership_ManyThreadsAtOnce_ExactlyOneGetsIt),
        Rule(Device_Disposed_ThrowsObjectDisposedButOpenFilesLive),
        Rule(Write_PastTheEnd_GrowsWithZerosBetween),
        Rule(Write_Empty_ChangesNothing),
        Rule(Write_AtATebibyte_IsReadBackThere),
        Rule(Read_AcrossTheEnd_IsShortAndPastItZero),
        Rule(ReadAsync_AcrossTheEnd_IsShortAndPastItZero),
        Rule(ReadAsync_Cancelled_ThrowsCancelled),
        Rule(View_OfAFileThatChanges_IsNothingOrWhatIsRead),
        Rule(AnyCall_ImpossibleRange_ThrowsArgumentOutOfRange),
        Rule(Open_Twice_HandlesSeeTheSameBytes),
        Rule(SetLength_ShrunkAndGrownAgain_ReadsZeroBeyondTheCut),
        Rule(Allocate_Longer_GrowsWithZerosAndKeepsContent),
        Rule(Allocate_Shorter_ChangesNothing),
        Rule(TryGiveBack_WhereItCan_ReadsZerosThereAndKeepsTheRest),
        Rule(TryGiveBack_AcrossAndPastTheEnd_KeepsTheLength),
        Rule(AnyOperation_RandomSequence_MatchesAnArray),
        Rule(Write_ManyThreadsBesideAllocateAndRead_LosesNothing),
        Rule(File_Disposed_ThrowsObjectDisposed),
    ];

    private static ContractRule<IStorageDevice> Rule(
        Action<IStorageDevice> check, [CallerArgumentExpression(nameof(check))] string name = "") => new(name, check);

    private static void Open_Missing_ThrowsFileNotFound(IStorageDevice device)
    {
        Expect.Throws<FileNotFoundException>(() => device.Open("a", DeviceFileMode.Open));
        Expect.True(!device.Exists("a"));
    }

    private static void Open_OrCreateMissing_CreatesAnEmptyFile(IStorageDevice device)
    {
        using IDeviceFile file = device.Open("a", DeviceFileMode.OpenOrCreate);
        Expect.Equal("a", file.Name);
        Expect.Equal(0, file.Length);
        Expect.True(device.Exists("a"));
    }

    private static void Open_Existing_KeepsContent(IStorageDevice device)
    {
        WriteFile(device, "a", [1, 2, 3]);
        foreach (DeviceFileMode mode in (DeviceFileMode[])[DeviceFileMode.Open, DeviceFileMode.OpenOrCreate])
        {
            using IDeviceFile file = device.Open("a", mode);
            Expect.Bytes([1, 2, 3], ReadAll(file));
        }
    }

    private static void Open_CreateNewExisting_ThrowsAndKeepsContent(IStorageDevice device)
    {
        WriteFile(device, "a", [1, 2, 3]);
        IOException thrown = Expect.Throws<IOException>(() => device.Open("a", DeviceFileMode.CreateNew));
        Expect.True(thrown is not (FileNotFoundException or BlockSnapException));
        using IDeviceFile file = device.Open("a", DeviceFileMode.Open);
        Expect.Bytes([1, 2, 3], ReadAll(file));
    }

    private static void Open_UnknownMode_Throws(IStorageDevice device) =>
        Expect.Throws<ArgumentOutOfRangeException>(() => device.Open("a", (DeviceFileMode)9));

    private static void AnyCall_InvalidName_ThrowsArgument(IStorageDevice device)
    {
        foreach (string name in (string[])["", ".", "..", ".hidden", "a/b", "/a", "a\\b", "a b", "a\0", "ä", "lock", "LOCK"])
        {
            Expect.Throws<ArgumentException>(() => device.Open(name, DeviceFileMode.OpenOrCreate), $"opening '{name}'");
            Expect.Throws<ArgumentException>(() => device.Exists(name), $"looking for '{name}'");
            Expect.Throws<ArgumentException>(() => device.Delete(name), $"deleting '{name}'");
            Expect.Equal(0, device.List().Count);
        }
    }

    private static void Open_LongestName_WorksAndOneMoreIsRefused(IStorageDevice device)
    {
        const int NameMax = 200;
        WriteFile(device, new string('n', NameMax), [1]);
        Expect.Equal(new string('n', NameMax), string.Join(' ', device.List()));
        Expect.Throws<ArgumentException>(() => device.Exists(new string('n', NameMax + 1)));
    }

    private static void List_SomeFiles_IsSortedByOrdinalAndOmitsTheLock(IStorageDevice device)
    {
        using IDisposable ownership = device.AcquireOwnership();
        foreach (string name in (string[])["b", "a-2", "a.1", "C"])
        {
            WriteFile(device, name, []);
        }

        Expect.Equal("C a-2 a.1 b", string.Join(' ', device.List()));
    }

    private static void Delete_Existing_RemovesItAndMissingIsNoError(IStorageDevice device)
    {
        WriteFile(device, "a", [1]);
        device.Delete("a");
        device.Delete("a");
        Expect.True(!device.Exists("a"));
        Expect.Equal(0, device.List().Count);
    }

    private static void Delete_OpenFile_HandleKeepsWorkingOnTheOldBytes(IStorageDevice device)
    {
        WriteFile(device, "a", [1, 2]);
        using IDeviceFile old = device.Open("a", DeviceFileMode.Open);
        device.Delete("a");
        using IDeviceFile young = device.Open("a", DeviceFileMode.CreateNew);
        old.Write(2, [3]);
        Expect.Bytes([1, 2, 3], ReadAll(old));
        Expect.Equal(0, young.Length);
    }

    private static void FlushNames_AfterCreateAndDelete_Returns(IStorageDevice device)
    {
        WriteFile(device, "a", [1]);
        device.FlushNames();
        device.Delete("a");
        device.FlushNames();
    }

    private static void AcquireOwnership_Held_IsRefusedUntilGivenBack(IStorageDevice device)
    {
        IDisposable first = device.AcquireOwnership();
        PoolInUseException refused = Expect.Throws<PoolInUseException>(() => device.AcquireOwnership());
        Expect.Equal(device.Description, refused.Path);
        first.Dispose();
        IDisposable second = device.AcquireOwnership();
        first.Dispose(); // a second time: it must not end the second owner's ownership
        Expect.Throws<PoolInUseException>(() => device.AcquireOwnership());
        second.Dispose();
    }

    private static void AcquireOwnership_ManyThreadsAtOnce_ExactlyOneGetsIt(IStorageDevice device)
    {
        const int Rounds = 1000;
        const int Threads = 8;
        for (int round = 0; round < Rounds; round++)
        {
            var owners = new ConcurrentBag<IDisposable>();
            using var start = new Barrier(Threads);
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
            {
                start.SignalAndWait();
                try
                {
                    owners.Add(device.AcquireOwnership());
                }
                catch (PoolInUseException)
                {
                    // one of the others has it
                }
            }))];
            Array.ForEach(threads, static thread => thread.Start());
            Array.ForEach(threads, static thread => thread.Join());
            Expect.Equal(1, owners.Count);
            owners.Single().Dispose();
        }
    }

    private static void Device_Disposed_ThrowsObjectDisposedButOpenFilesLive(IStorageDevice device)
    {
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        device.Dispose();
        device.Dispose();
        Expect.Throws<ObjectDisposedException>(() => device.Open("a", DeviceFileMode.Open));
        Expect.Throws<ObjectDisposedException>(() => device.Exists("a"));
        Expect.Throws<ObjectDisposedException>(() => device.Delete("a"));
        Expect.Throws<ObjectDisposedException>(() => device.List());
        Expect.Throws<ObjectDisposedException>(device.FlushNames);
        Expect.Throws<ObjectDisposedException>(() => device.AcquireOwnership());
        file.Write(0, [1]);
        file.Flush();
        Expect.Bytes([1], ReadAll(file));
    }

    private static byte[] ReadAll(IDeviceFile file)
    {
        byte[] bytes = new byte[file.Length];
        Expect.Equal(bytes.Length, file.Read(0, bytes), $"what is read of {file.Name}");
        return bytes;
    }

    private static void WriteFile(IStorageDevice device, string name, byte[] content)
    {
        using IDeviceFile file = device.Open(name, DeviceFileMode.CreateNew);
        file.Write(0, content);
    }
}
