using System.Buffers;
using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Handshake;

/// <content>The options, one method each. An answer goes into the writer and is sent by the caller.</content>
internal sealed partial class Negotiation
{
    // One query can select a context for each snapshot, and there may be thousands of those.
    private const int ContextCountMax = 64;

    private const int QueryCountMax = 256;

    private IDisposable? _visit;

    // Returns the export, if this option chose one for transmission.
    private Export? Answer(OptionCode code, in ReadOnlySequence<byte> data)
    {
        if (_tls.IsRequired && !_isSecure && code is not (OptionCode.StartTls or OptionCode.Abort))
        {
            if (code == OptionCode.ExportName)
            {
                throw new ProtocolException("EXPORT_NAME before STARTTLS.");
            }

            Refuse(code, OptionReplyType.ErrorTlsRequired, "This server wants TLS first.");
            return null;
        }

        switch (code)
        {
            case OptionCode.ExportName:
                return ExportName(data);
            case OptionCode.Go:
                return InfoOrGo(code, data);
            case OptionCode.Info:
                InfoOrGo(code, data)?.Dispose();
                return null;
            case OptionCode.ListMetaContext or OptionCode.SetMetaContext:
                MetaContexts(code, data);
                return null;
        }

        if (code is not (OptionCode.Abort or OptionCode.List or OptionCode.StartTls or OptionCode.StructuredReply))
        {
            Refuse(code, OptionReplyType.ErrorUnsupported, $"This server does not know option {(uint)code}.");
        }
        else if (data.Length > 0 && code != OptionCode.Abort)
        {
            Refuse(code, OptionReplyType.ErrorInvalid, "This option has no data.");
        }
        else
        {
            AnswerPlain(code);
        }

        return null;
    }

    private void AnswerPlain(OptionCode code)
    {
        switch (code)
        {
            case OptionCode.List:
                foreach (string name in _catalog.List())
                {
                    OptionReplyCodec.WriteServer(_writer, name);
                }

                break;
            case OptionCode.StartTls when _isSecure:
                Refuse(code, OptionReplyType.ErrorInvalid, "The connection has TLS already.");
                return;
            case OptionCode.StartTls when _tls.Options is null:
                Refuse(code, OptionReplyType.ErrorPolicy, "This server has no certificate.");
                return;
            case OptionCode.StartTls:
                _isSecure = true;
                break;
            case OptionCode.StructuredReply when _structured:
                Refuse(code, OptionReplyType.ErrorInvalid, "Structured replies are agreed upon already.");
                return;
            case OptionCode.StructuredReply:
                _structured = true;
                break;
            default:
                break;
        }

        OptionReplyCodec.WriteReply(_writer, code, OptionReplyType.Acknowledged);
    }

    // The one option that cannot be refused: a wrong name ends the connection.
    private Export ExportName(in ReadOnlySequence<byte> data)
    {
        var reader = new OptionReader(data);
        if (!reader.TryReadRest(out string? name) || _catalog.Find(name) is not { } export)
        {
            throw new ProtocolException("EXPORT_NAME with the name of no export.");
        }

        if (!TryEnter(export))
        {
            throw new ProtocolException($"The disk of {export.Name} cannot be used now.");
        }

        OptionReplyCodec.WriteExportName(_writer, export.Disk.Size, export.FlagsFor(_structured), _zeroes);
        return export;
    }

    private Export? InfoOrGo(OptionCode code, in ReadOnlySequence<byte> data)
    {
        var reader = new OptionReader(data);
        if (!reader.TryReadCountedString(out string? name) || !TryReadInfoTypes(ref reader, out List<InfoType> wanted))
        {
            Refuse(code, OptionReplyType.ErrorInvalid, "The option's lengths do not fit.");
            return null;
        }

        if (_catalog.Find(name) is not { } export)
        {
            Refuse(code, OptionReplyType.ErrorUnknownExport, name.Length == 0
                ? "There is no default export unless the pool has exactly one disk: name one."
                : $"There is no export '{name}'.");
            return null;
        }

        if (code == OptionCode.Go && !TryEnter(export))
        {
            Refuse(code, OptionReplyType.ErrorPolicy, $"The disk of '{name}' is being changed or deleted: try again.");
            return null;
        }

        OptionReplyCodec.WriteExportInfo(_writer, code, export.Disk.Size, export.FlagsFor(_structured));
        int preferredBytes = Math.Max(export.Disk.BlockSize.Bytes, 512);
        OptionReplyCodec.WriteBlockSizeInfo(_writer, code, Export.RequestBytesMin, preferredBytes, Export.RequestBytesMax);
        if (wanted.Contains(InfoType.Name))
        {
            OptionReplyCodec.WriteTextInfo(_writer, code, InfoType.Name, export.Disk.Name);
        }

        OptionReplyCodec.WriteReply(_writer, code, OptionReplyType.Acknowledged);
        return export;
    }

    private static bool TryReadInfoTypes(ref OptionReader reader, out List<InfoType> wanted)
    {
        wanted = [];
        if (!reader.TryReadUInt16(out ushort count))
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadUInt16(out ushort type))
            {
                return false;
            }

            wanted.Add((InfoType)type);
        }

        return reader.IsAtEnd;
    }

    private void MetaContexts(OptionCode code, in ReadOnlySequence<byte> data)
    {
        bool selects = code == OptionCode.SetMetaContext;
        if (selects)
        {
            _contexts = [];
        }

        if (!_structured)
        {
            Refuse(code, OptionReplyType.ErrorInvalid, "Metadata needs structured replies first.");
            return;
        }

        if (!TryReadQueries(data, out string name, out List<string> queries))
        {
            Refuse(code, OptionReplyType.ErrorInvalid, "The option's lengths do not fit.");
            return;
        }

        using Export? export = _catalog.Find(name);
        if (export is null)
        {
            Refuse(code, OptionReplyType.ErrorUnknownExport, $"There is no export '{name}'.");
            return;
        }

        // Listing without a query lists all contexts; selecting without one selects none.
        bool listsAll = queries.Count == 0 && !selects;
        IEnumerable<string> matches = listsAll ? export.ContextsMatching("") : queries.SelectMany(export.ContextsMatching).Distinct();
        if (selects)
        {
            _contexts = [.. matches.Take(ContextCountMax)];
            _selectedFor = name;
            matches = _contexts;
        }

        foreach ((int id, string context) in matches.Index())
        {
            OptionReplyCodec.WriteMetaContext(_writer, code, selects ? (uint)id : 0, context);
        }

        OptionReplyCodec.WriteReply(_writer, code, OptionReplyType.Acknowledged);
    }

    private static bool TryReadQueries(in ReadOnlySequence<byte> data, out string name, out List<string> queries)
    {
        var reader = new OptionReader(data);
        queries = [];
        name = "";
        if (!reader.TryReadCountedString(out string? export) || !reader.TryReadUInt32(out uint count) || count > QueryCountMax)
        {
            return false;
        }

        name = export;
        for (uint i = 0; i < count; i++)
        {
            if (!reader.TryReadCountedString(out string? query))
            {
                return false;
            }

            queries.Add(query);
        }

        return reader.IsAtEnd;
    }

    // False when the disk cannot be used now; then the export is closed.
    private bool TryEnter(Export export)
    {
        if (!export.IsHead)
        {
            return true;
        }

        try
        {
            _visit = _enter(export);
        }
        catch (DiskNotFoundException)
        {
            // deleted since it was opened
        }

        if (_visit is not null)
        {
            return true;
        }

        export.Dispose();
        return false;
    }

    private void Refuse(OptionCode code, OptionReplyType type, string text) => OptionReplyCodec.WriteError(_writer, code, type, text);
}
