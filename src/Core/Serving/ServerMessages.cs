using System.Buffers.Binary;

namespace PathosHpc;

/// <summary>Messages between a client and a server, once both have proved that they know the token: length (int32), body. A question's body begins with its kind,
/// an answer's with the sentence that refuses it (string; null when it is granted).</summary>
internal static class ServerMessages
{
    /// <summary>What is staged goes over in pieces of half of this.</summary>
    private const int Longest = 80 << 20;

    public static async Task WriteAsync(Stream stream, PayloadWriter message, CancellationToken cancellationToken)
    {
        Payload body = message.Detach();
        if (body.Length > Longest)
            throw new LinkException($"A message to a server of {body.Length >> 20} MiB is longer than {Longest >> 20} MiB.");
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, (int)body.Length);
        await stream.WriteAsync(length, cancellationToken).ConfigureAwait(false);
        await stream.WriteAsync(body.ToArray(), cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The next message; null at the end of the stream.</summary>
    /// <exception cref="IOException">It ended in the middle, or is longer than any.</exception>
    public static async Task<PayloadReader?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[sizeof(int)];
        int got = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (got == 0)
            return null;
        int length = got < head.Length ? -1 : BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 0 or > Longest)
            throw new IOException("The other side of the connection speaks of servers in another way.");
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancellationToken).ConfigureAwait(false);
        return new PayloadReader(new Payload(body));
    }

    public static void Write(PayloadWriter writer, HostCommand command)
    {
        WriteStrings(writer, command.Arguments);
        WriteStrings(writer, [.. command.Variables.SelectMany(v => new[] { v.Key, v.Value })]);
        writer.WriteInt64(command.Timeout.Ticks);
        ReadOnlyMemory<byte> input = command.StandardInput ?? default;
        writer.WriteInt32(input.Length);
        writer.WriteBytes(input.Span);
    }

    public static HostCommand ReadCommand(PayloadReader reader)
    {
        string[] arguments = ReadStrings(reader), variables = ReadStrings(reader);
        var timeout = TimeSpan.FromTicks(reader.ReadInt64());
        var input = new byte[reader.ReadInt32() is var length && length >= 0 && length <= reader.Remaining ? length : throw new MalformedPayloadException("A command's input is longer than its message.")];
        reader.ReadBytes(input);
        if (arguments.Length == 0 || variables.Length % 2 != 0)
            throw new MalformedPayloadException("A command has no program, or a variable without a value.");
        return new HostCommand(arguments) { Variables = variables.Chunk(2).ToDictionary(v => v[0], v => v[1]), Timeout = timeout, StandardInput = input };
    }

    private static void WriteStrings(PayloadWriter writer, IReadOnlyList<string> texts)
    {
        writer.WriteInt32(texts.Count);
        foreach (string text in texts)
            writer.WriteString(text);
    }

    private static string[] ReadStrings(PayloadReader reader)
    {
        int count = reader.ReadInt32();
        if (count < 0 || count > reader.Remaining)
            throw new MalformedPayloadException("A list of texts is longer than its message.");
        var texts = new string[count];
        for (int i = 0; i < count; i++)
            texts[i] = reader.ReadString() ?? "";
        return texts;
    }
}
