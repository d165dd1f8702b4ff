namespace BlockSnap.Testing;

/// <content>What a file of a device does: bytes, lengths, flushes.</content>
public static partial class StorageDeviceContract
{
    private static void Write_PastTheEnd_GrowsWithZerosBetween(IStorageDevice device)
    {
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        file.Write(3, [7, 8]);
        Expect.Bytes([0, 0, 0, 7, 8], ReadAll(file));
    }

    private static void Write_Empty_ChangesNothing(IStorageDevice device)
    {
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        file.Write(100, []);
        Expect.Equal(0, file.Length);
    }

    private static void Write_AtATebibyte_IsReadBackThere(IStorageDevice device)
    {
        const long Far = 1L << 40;
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        file.Write(Far, [1, 2, 3]);
        byte[] bytes = new byte[5];
        Expect.Equal(5, file.Read(Far - 2, bytes));
        Expect.Bytes([0, 0, 1, 2, 3], bytes);
        Expect.Equal(Far + 3, file.Length);
    }

    private static void Read_AcrossTheEnd_IsShortAndPastItZero(IStorageDevice device) =>
        ReadAcrossTheEnd(device, static (file, at, bytes) => file.Read(at, bytes));

    private static void ReadAsync_AcrossTheEnd_IsShortAndPastItZero(IStorageDevice device) =>
        ReadAcrossTheEnd(device, static (file, at, bytes) => WaitForRead(file, at, bytes, CancellationToken.None));

    private static void ReadAcrossTheEnd(IStorageDevice device, Func<IDeviceFile, long, byte[], int> read)
    {
        WriteFile(device, "a", [1, 2, 3]);
        using IDeviceFile file = device.Open("a", DeviceFileMode.Open);
        byte[] bytes = [9, 9, 9, 9];
        Expect.Equal(2, read(file, 1, bytes));
        Expect.Bytes([2, 3, 9, 9], bytes);
        Expect.Equal(0, read(file, 3, bytes));
        Expect.Equal(0, read(file, 1L << 50, bytes));
        Expect.Equal(0, read(file, 0, []));
    }

    private static void ReadAsync_Cancelled_ThrowsCancelled(IStorageDevice device)
    {
        WriteFile(device, "a", [1, 2, 3]);
        using IDeviceFile file = device.Open("a", DeviceFileMode.Open);
        var cancelled = new CancellationToken(canceled: true);
        Expect.Throws<OperationCanceledException>(() => WaitForRead(file, 0, new byte[3], cancelled));
    }

    private static int WaitForRead(IDeviceFile file, long offset, byte[] bytes, CancellationToken cancellationToken) =>
        file.ReadAsync(offset, bytes, cancellationToken).AsTask().GetAwaiter().GetResult();

    private static void View_OfAFileThatChanges_IsNothingOrWhatIsRead(IStorageDevice device)
    {
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        Expect.Equal(0, file.View(0, 1).Length, "what is seen of an empty file");
        file.Write(0, Pattern.Bytes(70_000, seed: 1));
        ExpectView(file);
        file.Write(5000, Pattern.Bytes(9000, seed: 2));
        ExpectView(file);
        file.Write(70_000, Pattern.Bytes(200_000, seed: 3));
        ExpectView(file);
        file.SetLength(30_000);
        ExpectView(file);
        file.Allocate(100_000);
        ExpectView(file);
    }

    private static void ExpectView(IDeviceFile file)
    {
        byte[] bytes = ReadAll(file);
        foreach (int offset in (int[])[0, 1, 4096, 29_999])
        {
            ReadOnlySpan<byte> view = file.View(offset, bytes.Length - offset);
            if (!view.IsEmpty)
            {
                Expect.Bytes(bytes.AsSpan(offset), view, $"what is seen from {offset} on");
            }

            Expect.Equal(0, file.View(offset, bytes.Length - offset + 1).Length, $"what is seen from {offset} past the end");
            Expect.Equal(0, file.View(offset, 0).Length, "what is seen of nothing");
        }
    }

    private static void AnyCall_ImpossibleRange_ThrowsArgumentOutOfRange(IStorageDevice device)
    {
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        foreach (long offset in (long[])[-1, long.MinValue, long.MaxValue])
        {
            Expect.Throws<ArgumentOutOfRangeException>(() => file.Read(offset, new byte[1]), $"a read at {offset}");
            Expect.Throws<ArgumentOutOfRangeException>(() => file.Write(offset, new byte[1]), $"a write at {offset}");
            Expect.Throws<ArgumentOutOfRangeException>(
                () => WaitForRead(file, offset, new byte[1], CancellationToken.None), $"an asynchronous read at {offset}");
        }

        if (file.TryGiveBack(0, 0))
        {
            Expect.Throws<ArgumentOutOfRangeException>(() => file.TryGiveBack(-1, 1));
            Expect.Throws<ArgumentOutOfRangeException>(() => file.TryGiveBack(0, -1));
            Expect.Throws<ArgumentOutOfRangeException>(() => file.TryGiveBack(long.MaxValue, 1));
        }

        Expect.Throws<ArgumentOutOfRangeException>(() => file.SetLength(-1));
        Expect.Throws<ArgumentOutOfRangeException>(() => file.Allocate(-1));
    }

    private static void Open_Twice_HandlesSeeTheSameBytes(IStorageDevice device)
    {
        using IDeviceFile one = device.Open("a", DeviceFileMode.CreateNew);
        using IDeviceFile two = device.Open("a", DeviceFileMode.Open);
        one.Write(0, [1, 2]);
        two.Write(2, [3]);
        Expect.Bytes([1, 2, 3], ReadAll(one));
        Expect.Bytes([1, 2, 3], ReadAll(two));
    }

    private static void SetLength_ShrunkAndGrownAgain_ReadsZeroBeyondTheCut(IStorageDevice device)
    {
        const int Kept = 70_001;
        byte[] data = Pattern.Bytes(200_000, seed: 1);
        WriteFile(device, "a", data);
        using IDeviceFile file = device.Open("a", DeviceFileMode.Open);
        file.SetLength(Kept);
        Expect.Equal(Kept, file.Length);
        file.SetLength(150_000);
        byte[] bytes = ReadAll(file);
        Expect.Bytes(data.AsSpan(0, Kept), bytes.AsSpan(0, Kept));
        Expect.Zeros(bytes.AsSpan(Kept));
    }

    private static void Allocate_Longer_GrowsWithZerosAndKeepsContent(IStorageDevice device)
    {
        WriteFile(device, "a", [1, 2, 3]);
        using IDeviceFile file = device.Open("a", DeviceFileMode.Open);
        file.Allocate(100_000);
        byte[] bytes = ReadAll(file);
        Expect.Equal(100_000, bytes.Length);
        Expect.Bytes([1, 2, 3], bytes.AsSpan(0, 3));
        Expect.Zeros(bytes.AsSpan(3));
    }

    private static void Allocate_Shorter_ChangesNothing(IStorageDevice device)
    {
        WriteFile(device, "a", [1, 2, 3]);
        using IDeviceFile file = device.Open("a", DeviceFileMode.Open);
        file.Allocate(0);
        file.Allocate(2);
        Expect.Bytes([1, 2, 3], ReadAll(file));
    }

    private static void TryGiveBack_WhereItCan_ReadsZerosThereAndKeepsTheRest(IStorageDevice device)
    {
        byte[] data = Pattern.Bytes(300_000, seed: 2);
        WriteFile(device, "a", data);
        using IDeviceFile file = device.Open("a", DeviceFileMode.Open);
        foreach ((int offset, int length) in ((int, int)[])[(4096, 8192), (20_000, 1), (65_536, 65_536), (140_001, 10_000), (290_000, 4096), (0, 0)])
        {
            if (file.TryGiveBack(offset, length))
            {
                data.AsSpan(offset, length).Clear();
            }

            Expect.Bytes(data, ReadAll(file), $"the file without {length} bytes at {offset}");
        }

        file.Write(4096, [1, 2, 3]);
        file.Allocate(data.Length);
        new byte[] { 1, 2, 3 }.CopyTo(data, 4096);
        Expect.Bytes(data, ReadAll(file), "the file written again");
    }

    private static void TryGiveBack_AcrossAndPastTheEnd_KeepsTheLength(IStorageDevice device)
    {
        byte[] data = Pattern.Bytes(10_000, seed: 3);
        WriteFile(device, "a", data);
        using IDeviceFile file = device.Open("a", DeviceFileMode.Open);
        if (file.TryGiveBack(8192, 1 << 20))
        {
            data.AsSpan(8192).Clear();
        }

        file.TryGiveBack(1L << 40, 4096);
        Expect.Bytes(data, ReadAll(file));
    }

    private static void AnyOperation_RandomSequence_MatchesAnArray(IStorageDevice device)
    {
        const int Steps = 600;
        var random = new SeededRandom(1);
        byte[] model = [];
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        for (int step = 0; step < Steps; step++)
        {
            int offset = random.Next(300_000);
            byte[] bytes = new byte[random.Next(100_000)];
            switch (random.Next(7))
            {
                case 0 or 1 when bytes.Length > 0:
                    Pattern.Fill(bytes, step);
                    file.Write(offset, bytes);
                    Array.Resize(ref model, Math.Max(model.Length, offset + bytes.Length));
                    bytes.CopyTo(model, offset);
                    break;
                case 2:
                    file.SetLength(offset);
                    Array.Resize(ref model, offset);
                    break;
                case 3:
                    file.Allocate(offset);
                    Array.Resize(ref model, Math.Max(model.Length, offset));
                    break;
                case 4:
                    file.Flush();
                    break;
                case 5:
                    if (file.TryGiveBack(offset, bytes.Length))
                    {
                        model.AsSpan(Math.Min(offset, model.Length), Math.Clamp(model.Length - offset, 0, bytes.Length)).Clear();
                    }

                    break;
                default:
                    int read = file.Read(offset, bytes);
                    Expect.Equal(Math.Clamp(model.Length - offset, 0, bytes.Length), read, $"what step {step} reads");
                    Expect.Bytes(model.AsSpan(Math.Min(offset, model.Length), read), bytes.AsSpan(0, read), $"what step {step} reads");
                    break;
            }

            Expect.Equal(model.Length, file.Length, $"the length after step {step}");
        }

        Expect.Bytes(model, ReadAll(file));
    }

    private static void Write_ManyThreadsBesideAllocateAndRead_LosesNothing(IStorageDevice device)
    {
        const int BlockBytes = 3000; // no divisor of any page or chunk size, so that neighbouring blocks share pages
        const int BlockCount = 2000;
        using IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        Parallel.For(0, BlockCount, i =>
        {
            byte[] block = Pattern.Bytes(BlockBytes, i);
            file.Write((long)i * BlockBytes, block);
            if (i % 50 == 0)
            {
                file.Allocate((long)(i + 20) * BlockBytes);
                file.Flush();
            }

            byte[] back = new byte[BlockBytes];
            Expect.Equal(BlockBytes, file.Read((long)i * BlockBytes, back), $"what is read of block {i}");
            Expect.Bytes(block, back, $"block {i}");
        });

        byte[] all = ReadAll(file);
        for (int i = 0; i < BlockCount; i++)
        {
            Expect.Bytes(Pattern.Bytes(BlockBytes, i), all.AsSpan(i * BlockBytes, BlockBytes), $"block {i} in the end");
        }
    }

    private static void File_Disposed_ThrowsObjectDisposed(IStorageDevice device)
    {
        IDeviceFile file = device.Open("a", DeviceFileMode.CreateNew);
        file.Dispose();
        file.Dispose();
        Expect.Throws<ObjectDisposedException>(() => _ = file.Length);
        Expect.Throws<ObjectDisposedException>(() => file.Read(0, new byte[1]));
        Expect.Throws<ObjectDisposedException>(() => file.Write(0, [1]));
        Expect.Throws<ObjectDisposedException>(() => file.SetLength(1));
        Expect.Throws<ObjectDisposedException>(() => file.Allocate(1));
        Expect.Throws<ObjectDisposedException>(file.Flush);
    }
}
