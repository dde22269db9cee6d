namespace Coffer.Cli.Disassembly;

/// <summary>
/// The events in a trace of the runtime, which is of the form "Nettrace", version 4: objects with a name each, and in some
/// of them blocks of events whose headers say only what is new. Its reader believes nothing.
/// See https://github.com/microsoft/perfview/blob/main/src/TraceEvent/EventPipe/NetTraceFormat_v5.md.
/// </summary>
internal sealed class TraceEvents
{
    private const int Version = 4;
    private const byte NoObject = 1, BeginObject = 5, EndObject = 6;
    private const int TraceBytes = 48;
    private const int CompressedHeaders = 1;

    private readonly Dictionary<ulong, (string Source, int Id)> kinds = [];
    private readonly List<byte[]> found = [];
    private readonly string source;
    private readonly int id;

    private TraceEvents(string source, int id)
    {
        this.source = source;
        this.id = id;
    }

    // What the header of an event tells.
    [Flags]
    private enum Header : byte
    {
        Kind = 1, Sequence = 2, Thread = 4, Stack = 8, Activity = 16, RelatedActivity = 32, Length = 128,
    }

    /// <summary>The payloads of all events of one kind.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="source">Who tells of them.</param>
    /// <param name="id">Their number there.</param>
    /// <exception cref="TraceException">The trace is damaged or of another form.</exception>
    public static IReadOnlyList<byte[]> Find(ReadOnlySpan<byte> trace, string source, int id)
    {
        var events = new TraceEvents(source, id);
        events.Read(new TraceCursor(trace));
        return events.found;
    }

    private void Read(TraceCursor cursor)
    {
        cursor.Expect("Nettrace\u0014\0\0\0!FastSerialization.1"u8);
        byte tag;
        while ((tag = cursor.ReadByte()) == BeginObject)
        {
            cursor.Expect([BeginObject, NoObject]);
            var version = cursor.ReadInt32();
            cursor.ReadInt32();
            var name = cursor.Take(cursor.ReadInt32());
            cursor.Expect([EndObject]);
            if (name.SequenceEqual("Trace"u8))
            {
                if (version != Version) throw new TraceException($"the runtime's trace is of version {version}, not {Version}");
                cursor.Take(TraceBytes);
            }
            else
            {
                var length = cursor.ReadInt32();
                cursor.Take(-cursor.Position & 3);
                var block = cursor.Take(length);
                if (name.SequenceEqual("MetadataBlock"u8)) ReadBlock(new TraceCursor(block), isMetadata: true);
                else if (name.SequenceEqual("EventBlock"u8)) ReadBlock(new TraceCursor(block), isMetadata: false);
            }

            cursor.Expect([EndObject]);
        }

        if (tag != NoObject) throw new TraceException($"the runtime's trace is of an unknown form (at {cursor.Position - 1})");
    }

    private void ReadBlock(TraceCursor cursor, bool isMetadata)
    {
        var headerLength = cursor.ReadUInt16();
        if ((cursor.ReadUInt16() & CompressedHeaders) == 0) throw new TraceException("the runtime's trace has events of an unknown form");
        cursor.Take(headerLength - 4);
        var kind = 0UL;
        var length = 0;
        while (!cursor.AtEnd)
        {
            ReadHeader(ref cursor, ref kind, ref length);
            var payload = cursor.Take(length);
            if (isMetadata) ReadKind(new TraceCursor(payload));
            else if (kinds.TryGetValue(kind, out var known) && known == (source, id)) found.Add(payload.ToArray());
        }
    }

    private static void ReadHeader(ref TraceCursor cursor, ref ulong kind, ref int length)
    {
        var header = (Header)cursor.ReadByte();
        if (header.HasFlag(Header.Kind)) kind = cursor.ReadVariable();
        if (header.HasFlag(Header.Sequence))
        {
            // How many events of the thread were lost, the thread, its processor.
            cursor.ReadVariable();
            cursor.ReadVariable();
            cursor.ReadVariable();
        }

        if (header.HasFlag(Header.Thread)) cursor.ReadVariable();
        if (header.HasFlag(Header.Stack)) cursor.ReadVariable();

        // The time.
        cursor.ReadVariable();
        if (header.HasFlag(Header.Activity)) cursor.Take(16);
        if (header.HasFlag(Header.RelatedActivity)) cursor.Take(16);
        if (header.HasFlag(Header.Length)) length = (int)cursor.ReadVariable();
    }

    private void ReadKind(TraceCursor cursor)
    {
        var kind = (ulong)(uint)cursor.ReadInt32();
        var name = cursor.ReadText();
        kinds[kind] = (name, cursor.ReadInt32());
    }
}
