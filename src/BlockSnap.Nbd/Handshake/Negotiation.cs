using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Security;
using BlockSnap.Nbd.Exports;
using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Handshake;

/// <summary>
/// The handshake of one connection, fixed newstyle: a greeting, then options until the client chooses an export or leaves.
/// Options are read from one pipe and answered through another. Whoever owns the connection limits how long all of it may take.
/// </summary>
internal sealed partial class Negotiation : IDisposable
{
    private const HandshakeFlags Offered = HandshakeFlags.FixedNewstyle | HandshakeFlags.NoZeroes;

    // The longest option that makes sense is a SET_META_CONTEXT with a few names of 4 KiB. Longer ones are skipped and refused.
    private const int OptionBytesMax = 64 << 10;

    // An option longer than this is noise: the connection ends.
    private const int SkippedBytesMax = 1 << 20;

    // A real client needs some ten options.
    private const int OptionCountMax = 1000;

    private readonly ExportCatalog _catalog;
    private readonly TlsPolicy _tls;
    private readonly Func<Export, IDisposable?> _enter;
    private readonly Action _chosen;

    private Stream _stream;
    private PipeReader _reader;
    private PipeWriter _writer;
    private bool _isSecure;
    private bool _zeroes = true;
    private bool _structured;

    // The names of the selected contexts, and of the export they were selected for. For any other export they are not valid.
    private IReadOnlyList<string> _contexts = [];
    private string? _selectedFor;
    private bool _concluded;

    /// <param name="enter">Notes that a client uses a disk; see <see cref="HeadClients.TryEnter"/>.</param>
    /// <param name="chosen">Called when the client has chosen an export, before the answer is sent.</param>
    public Negotiation(Stream stream, ExportCatalog catalog, TlsPolicy tls, Func<Export, IDisposable?> enter, Action chosen)
    {
        _catalog = catalog;
        _tls = tls;
        _enter = enter;
        _chosen = chosen;
        _stream = stream;
        (_reader, _writer) = OpenPipes(stream);
    }

    /// <summary>Talks until an export is chosen.</summary>
    /// <returns>Null when the client left without one.</returns>
    /// <exception cref="ProtocolException">The client does not speak the protocol.</exception>
    public async ValueTask<Negotiated?> RunAsync(CancellationToken cancellationToken)
    {
        OptionReplyCodec.WriteGreeting(_writer, Offered);
        await _writer.FlushAsync(cancellationToken).ConfigureAwait(false);
        await ReadClientFlagsAsync(cancellationToken).ConfigureAwait(false);
        for (int count = 0; count < OptionCountMax; count++)
        {
            if (await ReadOptionHeaderAsync(cancellationToken).ConfigureAwait(false) is not { } option)
            {
                return null;
            }

            if (option.Length > OptionBytesMax)
            {
                await SkipAsync(option, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (await AnswerAsync(option, cancellationToken).ConfigureAwait(false) is { } chosen)
            {
                return Conclude(chosen);
            }

            if (option.Code == OptionCode.Abort)
            {
                return null;
            }

            if (_isSecure && _stream is not SslStream)
            {
                await SecureAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        throw new ProtocolException($"More than {OptionCountMax} options.");
    }

    /// <summary>Ends the pipes, and the connection too unless the handshake came to a result, which then owns it.</summary>
    public void Dispose()
    {
        if (!_concluded)
        {
            _visit?.Dispose();
            _stream.Dispose();
        }

        _reader.Complete();

        // Given an exception, the writer does not try to send what is left.
        _writer.Complete(_concluded ? null : new ProtocolException("The handshake came to no result."));
    }

    // The stream outlives the pipes.
    private static (PipeReader Reader, PipeWriter Writer) OpenPipes(Stream stream) => (
        PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true)),
        PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));

    private async ValueTask ReadClientFlagsAsync(CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte> bytes = await ReadExactlyAsync(sizeof(uint), cancellationToken).ConfigureAwait(false);
        uint flags = DecodeFlags(bytes);
        _reader.AdvanceTo(bytes.End);
        if ((flags & ~(uint)Offered) != 0)
        {
            throw new ProtocolException($"Unknown client flags {flags:x}.");
        }

        _zeroes = (flags & (uint)HandshakeFlags.NoZeroes) == 0;

        static uint DecodeFlags(in ReadOnlySequence<byte> bytes)
        {
            Span<byte> copy = stackalloc byte[sizeof(uint)];
            bytes.CopyTo(copy);
            return BinaryPrimitives.ReadUInt32BigEndian(copy);
        }
    }

    // Null when the client has left, which it may do between options.
    private async ValueTask<OptionHeader?> ReadOptionHeaderAsync(CancellationToken cancellationToken)
    {
        ReadResult read = await _reader.ReadAtLeastAsync(OptionHeader.Bytes, cancellationToken).ConfigureAwait(false);
        if (read.Buffer.Length < OptionHeader.Bytes)
        {
            return null;
        }

        ReadOnlySequence<byte> bytes = read.Buffer.Slice(0, OptionHeader.Bytes);
        bool valid = OptionHeader.TryDecode(bytes, out OptionHeader option);
        _reader.AdvanceTo(bytes.End);
        return valid ? option : throw new ProtocolException("An option without its magic number.");
    }

    /// <summary>Waits for so many bytes and returns exactly them, unconsumed.</summary>
    private async ValueTask<ReadOnlySequence<byte>> ReadExactlyAsync(int length, CancellationToken cancellationToken)
    {
        if (length == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        ReadResult read = await _reader.ReadAtLeastAsync(length, cancellationToken).ConfigureAwait(false);
        return read.Buffer.Length >= length
            ? read.Buffer.Slice(0, length)
            : throw new ProtocolException("The client left in the middle of an option.");
    }

    private async ValueTask SkipAsync(OptionHeader option, CancellationToken cancellationToken)
    {
        if (option.Length > SkippedBytesMax)
        {
            throw new ProtocolException($"An option of {option.Length} bytes.");
        }

        for (long left = option.Length; left > 0;)
        {
            ReadResult read = await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> skipped = read.Buffer.Slice(0, Math.Min(left, read.Buffer.Length));
            left -= skipped.Length;
            _reader.AdvanceTo(skipped.End);
            if (read.IsCompleted && left > 0)
            {
                throw new ProtocolException("The client left in the middle of an option.");
            }
        }

        Refuse(option.Code, OptionReplyType.ErrorTooBig, $"An option has at most {OptionBytesMax} bytes.");
        await _writer.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    // Returns the export, if this option chose one, after the answer was sent; until then this method owns it.
    private async ValueTask<Export?> AnswerAsync(OptionHeader option, CancellationToken cancellationToken)
    {
        ReadOnlySequence<byte> data = await ReadExactlyAsync((int)option.Length, cancellationToken).ConfigureAwait(false);
        Export? chosen = Answer(option.Code, data);
        if (option.Length > 0)
        {
            _reader.AdvanceTo(data.End);
        }

        if (chosen is not null)
        {
            _chosen();
        }

        try
        {
            await _writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            return chosen;
        }
        catch
        {
            chosen?.Dispose(); // the client is gone, and an open export would keep its snapshot's blocks from being freed
            throw;
        }
    }

    private async ValueTask SecureAsync(CancellationToken cancellationToken)
    {
        // What was sent in clear must not count as sent under TLS.
        if (_reader.TryRead(out ReadResult early) && early.Buffer.Length > 0)
        {
            throw new ProtocolException("Bytes between STARTTLS and the TLS handshake.");
        }

        await _reader.CompleteAsync().ConfigureAwait(false);
        await _writer.CompleteAsync().ConfigureAwait(false);
        var secure = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = secure;
        (_reader, _writer) = OpenPipes(secure);
        await secure.AuthenticateAsServerAsync(_tls.Options!, cancellationToken).ConfigureAwait(false);

        // What was agreed upon in clear may have been forged.
        _structured = false;
        _contexts = [];
    }

    private Negotiated Conclude(Export export)
    {
        var contexts = new List<MetaContext>();
        try
        {
            foreach (string context in _selectedFor == export.Name ? _contexts : [])
            {
                contexts.Add(export.OpenContext(context));
            }
        }
        catch (Exception e)
        {
            contexts.ForEach(context => context.Dispose());
            export.Dispose();
            if (e is SnapshotNotFoundException)
            {
                throw new ProtocolException($"{e.Message} It was deleted during the handshake.");
            }

            throw;
        }

        _concluded = true;
        return new Negotiated
        {
            Export = export,
            Visit = _visit,
            Stream = _stream,
            Early = _reader.TryRead(out ReadResult early) ? early.Buffer.ToArray() : default,
            StructuredReplies = _structured,
            Contexts = contexts,
        };
    }
}
