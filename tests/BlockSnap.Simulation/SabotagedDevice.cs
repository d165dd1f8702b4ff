namespace BlockSnap.Simulation;

/// <summary>A device in which a bug is planted. Not thread-safe.</summary>
internal sealed class SabotagedDevice(IStorageDevice inner, Sabotage sabotage) : IStorageDevice
{
    private const int Seldom = 25;
    private const int Often = 4;

    // Writes held back until the superblock was written and flushed.
    private readonly List<(IDeviceFile File, long Offset, byte[] Bytes)> _held = [];
    private int _writes;

    public string Description => inner.Description;

    public bool Exists(string name) => inner.Exists(name);

    public IDeviceFile Open(string name, DeviceFileMode mode) => new SabotagedFile(this, inner.Open(name, mode));

    public void Delete(string name)
    {
        if (sabotage != Sabotage.DeleteSkipped)
        {
            inner.Delete(name);
        }
    }

    public IReadOnlyList<string> List() => inner.List();

    public void FlushNames()
    {
        if (sabotage != Sabotage.NamesFlushSkipped)
        {
            inner.FlushNames();
        }
    }

    public IDisposable AcquireOwnership() => inner.AcquireOwnership();

    public void Dispose()
    {
    }

    private static bool IsData(string name) => name.StartsWith("data-", StringComparison.Ordinal);

    private static bool IsSuperblock(string name) => name.StartsWith("superblock", StringComparison.Ordinal);

    private bool IsFlushSkipped(string name) => sabotage switch
    {
        Sabotage.DataFlushSkipped => IsData(name),
        Sabotage.SuperblockFlushSkipped => IsSuperblock(name),
        Sabotage.TableFlushSkipped => name == "segments",
        Sabotage.CountsFlushSkipped => name == "counts",
        _ => false,
    };

    private bool IsHeldBack(string name) => sabotage switch
    {
        Sabotage.TableAfterSuperblock => name == "segments",
        Sabotage.CountsAfterSuperblock => name == "counts",
        Sabotage.DataAfterSuperblock => IsData(name),
        _ => false,
    };

    // Whether this write is one of those that go wrong.
    private bool IsWrong(string name)
    {
        bool concerned = sabotage switch
        {
            Sabotage.DataWriteSkipped or Sabotage.DataWriteMisplaced or Sabotage.DataWriteShort or Sabotage.DataBitWrong => IsData(name),
            Sabotage.TableWriteSkipped => name == "segments",
            Sabotage.CountsWriteSkipped => name == "counts",
            Sabotage.SuperblockWriteSkipped => IsSuperblock(name),
            _ => false,
        };
        if (!concerned)
        {
            return false;
        }

        // A superblock is written into two files, one after the other: both go wrong or none.
        int number = _writes++;
        return sabotage switch
        {
            Sabotage.SuperblockWriteSkipped => number / 2 % Often == Often - 1,
            Sabotage.TableWriteSkipped => number % Often == Often - 1,
            _ => number % Seldom == Seldom - 1,
        };
    }

    private void LetGo()
    {
        foreach ((IDeviceFile file, long offset, byte[] bytes) in _held)
        {
            file.Write(offset, bytes);
            file.Flush();
        }

        _held.Clear();
    }

    private sealed class SabotagedFile(SabotagedDevice device, IDeviceFile file) : ILossyFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> destination)
        {
            int read = file.Read(offset, destination);
            foreach ((IDeviceFile held, long at, byte[] bytes) in device._held)
            {
                // The system's cache shows what is held back.
                for (int i = 0; held.Name == Name && i < bytes.Length; i++)
                {
                    long place = at + i - offset;
                    if (place >= 0 && place < destination.Length)
                    {
                        destination[(int)place] = bytes[i];
                        read = Math.Max(read, (int)place + 1);
                    }
                }
            }

            return read;
        }

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => new(Read(offset, destination.Span));

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            if (device.IsHeldBack(Name))
            {
                device._held.Add((file, offset, source.ToArray()));
            }
            else if (device.IsWrong(Name))
            {
                WriteWrong(offset, source);
            }
            else
            {
                file.Write(offset, source);
            }
        }

        public void Allocate(long length) => file.Allocate(length);

        public void SetLength(long length)
        {
            if (device.IsEmptiedEarly)
            {
                foreach (string name in device.List().Where(IsData).Take(1))
                {
                    using IDeviceFile other = device.Open(name, DeviceFileMode.Open);
                    other.Write(4096, new byte[512]);
                }
            }

            file.SetLength(length);
        }

        public bool TryGiveBack(long offset, long length) => file.TryGiveBack(offset, length);

        public void Flush()
        {
            if (!device.IsFlushSkipped(Name))
            {
                file.Flush();
            }

            if (IsSuperblock(Name))
            {
                device.LetGo();
            }
        }

        public void LoseUnsynced() => (file as ILossyFile)?.LoseUnsynced();

        public void Dispose()
        {
            // Writes may be held back for it.
        }

        private void WriteWrong(long offset, ReadOnlySpan<byte> source)
        {
            byte[] bytes = source.ToArray();
            switch (device.Kind)
            {
                case Sabotage.DataWriteMisplaced:
                    file.Write(offset + 512, bytes);
                    break;
                case Sabotage.DataWriteShort:
                    file.Write(offset, bytes.AsSpan(0, Math.Max(0, bytes.Length - 512)));
                    break;
                case Sabotage.DataBitWrong:
                    bytes[bytes.Length * 2 / 3] ^= 1;
                    file.Write(offset, bytes);
                    break;
                default:
                    break;
            }
        }
    }

    private Sabotage Kind => sabotage;

    private bool IsEmptiedEarly => sabotage == Sabotage.FileEmptiedEarly;
}
