using BlockSnap.Mapping;

namespace BlockSnap.Catalogs;

/// <summary>
/// What an owner's bytes in the catalog are made from, cheap to compare; see <see cref="ItemCodec.StampOf"/>. No owner has the default one.
/// </summary>
/// <param name="facts">The immutable value of a snapshot or item; compared by identity.</param>
/// <param name="root">The map.</param>
/// <param name="blocks">Mapped blocks, less than 0 when they are not known.</param>
/// <param name="size">Bytes of the disk.</param>
/// <param name="isApart">Whether the disk was deleted, or the snapshot is an undo point.</param>
/// <param name="isStraight">As the owner says.</param>
internal readonly struct ItemStamp(object? facts, MapRoot root, long blocks, long size, bool isApart, bool isStraight)
{
    private readonly object? _facts = facts;
    private readonly ulong _entry = root.Entry.Value;
    private readonly ulong _checksum = root.Entry.Checksum;
    private readonly int _height = root.Height;
    private readonly long _blocks = blocks;
    private readonly long _size = size;
    private readonly bool _isApart = isApart;
    private readonly bool _isStraight = isStraight;

    public bool IsSameAs(in ItemStamp other) =>
        ReferenceEquals(_facts, other._facts) && _entry == other._entry && _checksum == other._checksum && _height == other._height
        && _blocks == other._blocks && _size == other._size && _isApart == other._isApart && _isStraight == other._isStraight;
}
