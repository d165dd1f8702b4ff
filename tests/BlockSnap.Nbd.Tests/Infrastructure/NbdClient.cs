using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using BlockSnap.Nbd.Protocol;

namespace BlockSnap.Nbd.Tests.Infrastructure;

/// <summary>
/// A client that says what a test wants, right or wrong, and shows what comes back. It shares constants with the server and no code:
/// the programs of others are what proves the constants.
/// </summary>
internal sealed class NbdClient : IDisposable
{
    /// <summary>How long a server may be silent before a test gives up: longer than any pause of the machine.</summary>
    public const int LimitMilliseconds = 300_000;

    private readonly Socket _socket;
    private Stream _stream;

    public NbdClient(EndPoint endPoint)
    {
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = LimitMilliseconds, SendTimeout = LimitMilliseconds };
        _socket.Connect(endPoint);
        _stream = new NetworkStream(_socket, ownsSocket: true);
    }

    public Socket Socket => _socket;

    public bool Structured { get; private set; }

    public void Dispose() => _stream.Dispose();

    public void Send(params ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    public byte[] Receive(int count)
    {
        byte[] bytes = new byte[count];
        _stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Whether the server has ended the connection, after whatever it still had to say.</summary>
    public bool IsEnded()
    {
        try
        {
            byte[] rest = new byte[1 << 16];
            while (_stream.Read(rest) > 0)
            {
            }

            return true;
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;
        }
    }

    /// <summary>Reads the greeting and takes what it offers.</summary>
    public void Greet(uint flags = 3)
    {
        byte[] greeting = Receive(18);
        Assert.Equal(Magic.Greeting, BinaryPrimitives.ReadUInt64BigEndian(greeting));
        Assert.Equal(Magic.Option, BinaryPrimitives.ReadUInt64BigEndian(greeting.AsSpan(8)));
        Send(Big(flags));
    }

    public void SendOption(OptionCode code, byte[] data) => Send(Option(code, data));

    public (OptionReplyType Type, byte[] Data) ReceiveOptionReply(OptionCode code)
    {
        byte[] head = Receive(20);
        Assert.Equal(Magic.OptionReply, BinaryPrimitives.ReadUInt64BigEndian(head));
        Assert.Equal((uint)code, BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(8)));
        return ((OptionReplyType)BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(12)), Receive(BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(16))));
    }

    /// <summary>Sends an option and collects the answers up to the last.</summary>
    public List<(OptionReplyType Type, byte[] Data)> Ask(OptionCode code, params byte[] data)
    {
        SendOption(code, data);
        var replies = new List<(OptionReplyType Type, byte[] Data)>();
        do
        {
            replies.Add(ReceiveOptionReply(code));
        }
        while (replies[^1].Type is OptionReplyType.Server or OptionReplyType.Info or OptionReplyType.MetaContext);
        return replies;
    }

    /// <summary>The whole handshake, up to transmission.</summary>
    public NbdClient Go(string export = "disk", bool structured = true, params string[] contexts)
    {
        Greet();
        Structured = structured;
        if (structured)
        {
            Assert.Equal(OptionReplyType.Acknowledged, Ask(OptionCode.StructuredReply)[^1].Type);
        }

        if (contexts.Length > 0)
        {
            Assert.Equal(contexts.Length + 1, Ask(OptionCode.SetMetaContext, [.. Text(export), .. Big((uint)contexts.Length), .. contexts.SelectMany(Text)]).Count);
        }

        Assert.Equal(OptionReplyType.Acknowledged, Ask(OptionCode.Go, [.. Text(export), 0, 0])[^1].Type);
        return this;
    }

    public void StartTls(SslClientAuthenticationOptions options)
    {
        Assert.Equal(OptionReplyType.Acknowledged, Ask(OptionCode.StartTls)[^1].Type);
        var secure = new SslStream(_stream);
        secure.AuthenticateAsClient(options);
        _stream = secure;
    }

    public void SendRequest(CommandType type, ulong cookie, ulong offset, uint length, CommandFlags flags = CommandFlags.None, byte[]? data = null) =>
        Send([.. Big(Magic.Request), .. Big((ushort)flags), .. Big((ushort)type), .. Big(cookie), .. Big(offset), .. Big(length), .. data ?? []]);

    /// <summary>Sends a request and waits for the end of its reply.</summary>
    public Reply Do(CommandType type, ulong offset = 0, uint length = 0, CommandFlags flags = CommandFlags.None, byte[]? data = null)
    {
        SendRequest(type, 77, offset, length, flags, data);
        Reply reply = ReceiveReply(type == CommandType.Read ? (int)length : 0, offset);
        Assert.Equal(77UL, reply.Cookie);
        return reply;
    }

    /// <param name="readBytes">Bytes that a simple reply carries when it has no error, or a structured one altogether.</param>
    /// <param name="offset">The request's, which chunks are told apart from.</param>
    public Reply ReceiveReply(int readBytes = 0, ulong offset = 0)
    {
        var reply = new Reply { Data = new byte[readBytes] };
        while (true)
        {
            uint magic = BinaryPrimitives.ReadUInt32BigEndian(Receive(4));
            if (magic == Magic.SimpleReply)
            {
                byte[] simple = Receive(12);
                reply.Error = (NbdError)BinaryPrimitives.ReadUInt32BigEndian(simple);
                reply.Cookie = BinaryPrimitives.ReadUInt64BigEndian(simple.AsSpan(4));
                if (reply.Error == NbdError.None && !Structured)
                {
                    reply.Data = Receive(readBytes);
                }

                return reply;
            }

            Assert.Equal(Magic.StructuredReply, magic);
            byte[] head = Receive(16);
            var type = (ChunkType)BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2));
            reply.Cookie = BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(4));
            reply.Add(type, Receive(BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(12))), offset);
            if ((head[1] & 1) != 0)
            {
                return reply;
            }
        }
    }

    /// <summary>An option as it goes over the wire.</summary>
    public static byte[] Option(OptionCode code, params byte[] data) => [.. Big(Magic.Option), .. Big((uint)code), .. Big((uint)data.Length), .. data];

    public static byte[] Text(string text) => [.. Big((uint)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Big(ushort value) => [(byte)(value >> 8), (byte)value];

    public static byte[] Big(uint value) => [.. Big((ushort)(value >> 16)), .. Big((ushort)value)];

    public static byte[] Big(ulong value) => [.. Big((uint)(value >> 32)), .. Big((uint)value)];
}
