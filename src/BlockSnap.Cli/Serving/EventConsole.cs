using System.Text;
using System.Text.Json;

namespace BlockSnap.Cli;

/// <summary>A console whose streams are those of the process that sent a command: all that is written becomes events of the response.</summary>
internal sealed class EventConsole(Stream response, Stream request)
{
    private static readonly byte[] s_lineFeed = [(byte)'\n'];

    // Held while one whole line is written; progress is written by other threads.
    private readonly Lock _lock = new();

    public CommandConsole For(ControlRequest facts)
    {
        var output = new EventStream(bytes => Send(new ControlEvent { Output = bytes }));
        var error = new EventStream(bytes => Send(new ControlEvent { Error = Encoding.UTF8.GetString(bytes) }));
        return new CommandConsole
        {
            Output = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true },
            Error = new StreamWriter(error, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true },
            OpenInput = OpenInput,
            OpenOutput = () => output,
            OutputIsTerminal = facts.OutputIsTerminal,
            ErrorIsTerminal = facts.ErrorIsTerminal,
            Colors = facts.Colors,
            RemoteWidth = facts.Width,
            Folder = facts.Folder,
        };
    }

    /// <summary>Writes one line and sends it off.</summary>
    public void Send(ControlEvent line)
    {
        lock (_lock)
        {
            JsonSerializer.Serialize(response, line, CliJson.Relaxed.ControlEvent);
            response.Write(s_lineFeed);
            response.Flush();
        }
    }

    private Stream OpenInput()
    {
        Send(new ControlEvent { WantsInput = true });
        return request;
    }

    // A StreamWriter that flushes after each call writes to this, so each write holds whole characters.
    private sealed class EventStream(Action<byte[]> send) : Stream
    {
        public override bool CanRead => false;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (buffer.Length > 0)
            {
                send(buffer.ToArray());
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
